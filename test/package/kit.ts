import { Test } from '@nestjs/testing';
import { OrchestratorService } from 'nestjs-orchestrator';
import { OrchestratorTestingModule, OrchestratorTestKit } from 'nestjs-orchestrator/testing';

/** An application in virtual time, with a worker that is run and one that is not. */
async function withKit(expectation: (kit: OrchestratorTestKit) => void): Promise<void> {
  const app = await Test.createTestingModule({
    imports: [OrchestratorTestingModule.forRoot()],
  }).compile();
  await app.init();
  const kit = OrchestratorTestKit.of(app);
  const orchestrator = app.get(OrchestratorService);
  await orchestrator.registerWorker('busy', () => kit.clock.wait('30s'));
  await orchestrator.registerWorker('idle', () => undefined, { interval: '1h' });
  try {
    await kit.run('busy');
    await kit.clock.advance('1h');
    expectation(kit);
  } finally {
    await app.close();
  }
}

export async function kitThatPasses(): Promise<void> {
  await withKit((kit) => {
    kit.expectRan('busy').times(1).at('0s');
    kit.expectNeverConcurrent('busy');
  });
}

export async function kitThatFails(): Promise<void> {
  await withKit((kit) => {
    kit.expectRan('idle');
  });
}

export async function failureOfAKit(): Promise<string | undefined> {
  try {
    await kitThatFails();
    return 'it passed';
  } catch (error) {
    return (error as Error).message.split('\n', 1)[0];
  }
}
