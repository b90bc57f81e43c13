import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import {
  OrchestratorModule,
  OrchestratorService,
  type OrchestratorOptionsFactory,
} from 'nestjs-orchestrator';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { compile } from './boot.js';

const order: string[] = [];
const clock = new VirtualClock();

@Injectable()
class Options implements OrchestratorOptionsFactory, OnModuleDestroy {
  createOrchestratorOptions() {
    return { clock };
  }

  onModuleDestroy(): void {
    order.push('the class of the options is destroyed');
  }
}

it('drains before the class that gave the options is destroyed', async () => {
  const app = await compile(
    { imports: [OrchestratorModule.forRootAsync({ useClass: Options })] },
    clock,
  );
  app.get(OrchestratorService).events.subscribe(({ type }) => {
    if (type === 'orchestrator.stopped') order.push('the orchestrator has stopped');
  });
  await app.init();

  const closing = app.close();
  await clock.advance('1m');
  await closing;

  expect(order).toEqual(['the orchestrator has stopped', 'the class of the options is destroyed']);
});
