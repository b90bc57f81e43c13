import 'reflect-metadata';
import { Module, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OrchestratorModule, OrchestratorService } from 'nestjs-orchestrator';
import { bullmq } from 'nestjs-orchestrator/bullmq';
import { OrchestratorHealthIndicator, OrchestratorHealthModule } from 'nestjs-orchestrator/health';
import type { ReplicaReport } from '../history/event.js';
import { Witness } from '../history/witness.js';
import { PLAN } from '../plan.js';
import { shiftClock } from './clock-shift.js';
import type { Order, Reply } from './orders.js';
import { testify } from './testify.js';
import { providerOf, type TicketPayload } from './workers.js';

/* One replica of the fleet under test: a process of its own, with the package as it is built. */

const { STORE_URL = '', WITNESS_URL = '', PREFIX = '', REPLICA = '', BOOT = '' } = process.env;
const version = Number(process.env.VERSION);
const self = { replica: REPLICA, boot: BOOT };
const witness = new Witness(WITNESS_URL);

const complain = (is: 'warning' | 'crash') => (what: unknown) => {
  const text = what instanceof Error ? String(what.stack) : String(what);
  witness.write({ is, replica: REPLICA, text }).catch(() => undefined);
};
process.on('unhandledRejection', complain('crash'));
process.on('uncaughtExceptionMonitor', complain('crash'));
const logger: LoggerService = {
  log: () => undefined,
  warn: complain('warning'),
  error: complain('warning'),
};

@Module({
  imports: [
    OrchestratorModule.forRoot({
      engine: bullmq({ connection: STORE_URL, prefix: PREFIX, lease: PLAN.leaseMs }),
      maxConcurrentWorkers: PLAN.maxConcurrentWorkers,
      groups: PLAN.groups,
      shutdownTimeout: PLAN.shutdownTimeoutMs,
      defaults: { abortGrace: PLAN.abortGraceMs },
    }),
    OrchestratorHealthModule,
  ],
  providers: [
    providerOf(
      PLAN.workers.filter((worker) => (worker.version ?? version) === version),
      witness,
      self,
    ),
  ],
})
class ReplicaModule {}

const app = await NestFactory.createApplicationContext(ReplicaModule, { logger });
app.enableShutdownHooks(['SIGTERM']);
const orchestrator = app.get(OrchestratorService);
testify(orchestrator, witness, REPLICA);

process.on('message', (order: Order) => {
  obey(order).catch(complain('warning'));
});
// It does not outlive whoever plays with it.
process.on('disconnect', () => process.exit(1));
say({ is: 'ready' });

async function obey(order: Order): Promise<void> {
  if (order.do === 'trigger') return trigger(order.ticket);
  if (order.do === 'block') block(order.forMs);
  if (order.do === 'shift-clock') shiftClock(order.byMs);
  if (order.do === 'pause') await orchestrator.pause();
  if (order.do === 'resume') await orchestrator.resume();
  if (order.do === 'report') say({ is: 'report', report: await report() });
  else say({ is: 'done', order: order.do });
}

async function trigger(ticket: number): Promise<void> {
  await witness.write({ is: 'asked', ticket });
  const payload: TicketPayload = { ticket };
  try {
    const run = await orchestrator.triggerWorker('ticket', { payload });
    await witness.write({ is: 'accepted', ticket, runId: run.id });
  } catch (error) {
    await witness.write({ is: 'turned-down', ticket, why: String(error) });
  }
}

function block(forMs: number): void {
  const end = performance.now() + forMs;
  while (performance.now() < end);
}

async function report(): Promise<ReplicaReport> {
  const status = await orchestrator.getStatus();
  const health = await app.get(OrchestratorHealthIndicator, { strict: false }).checkEngine();
  return {
    ...self,
    isReady: health.orchestrator.status === 'up' && status.engineProblem === undefined,
    running: status.running,
    rssMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
    workers: status.workerStates.map(({ name, enabled, failures }) => ({
      name,
      enabled,
      failures,
    })),
  };
}

function say(reply: Reply): void {
  process.send?.(reply);
}
