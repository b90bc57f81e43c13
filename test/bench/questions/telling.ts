import type { ModuleMetadata } from '@nestjs/common';
import { inProcess, type EngineFactory, type OrchestratorOptions } from 'nestjs-orchestrator';
import { OrchestratorMetricsModule } from 'nestjs-orchestrator/metrics';
import { orchestrated } from '../orchestrated.js';
import { question, type Contender } from '../question.js';
import { LANES, runsPerSecond } from '../runs-per-second.js';

interface Size {
  readonly runs: number;
}

interface Telling {
  readonly options?: OrchestratorOptions;
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  readonly isSubscribed?: boolean;
}

const NO_HISTORY = { history: 0 };
const UNSUBSCRIBED = 'nothing subscribed';
const ALL = 'events, history and metrics';

/** Decides as ever, but nobody is told: not the log either. */
const mute: EngineFactory = (host) => inProcess()({ ...host, onEvent: () => undefined });

function telling(
  name: string,
  remark: string,
  { options = {}, imports = [], isSubscribed = false }: Telling,
): Contender<Size> {
  return {
    name,
    remark,
    measure: async ({ runs }) => {
      const { app, service } = await orchestrated(
        options,
        (declaring) =>
          declaring.registerWorker('no-op', async () => undefined, { concurrency: LANES }),
        imports,
      );
      let events = 0;
      if (isSubscribed) service.events.subscribe(() => events++);
      const measures = await runsPerSecond(runs, async () => {
        await (await service.triggerWorker('no-op')).finished();
      });
      await app.close();
      return measures;
    },
  };
}

/** What does it cost to tell what happens? */
export const tellingWhatHappens = question<Size>({
  name: 'telling',
  asks: 'How much slower are 100 000 no-op runs that are told of?',
  sizes: { full: { runs: 100_000 }, tiny: { runs: 40 } },
  reference: 'nothing told',
  ratioOf: 'runs/s, backlog',
  contenders: [
    telling('nothing told', 'events are dropped at once; no history', {
      options: { ...NO_HISTORY, engine: mute },
    }),
    telling(UNSUBSCRIBED, 'the log decides about each event; no history', {
      options: NO_HISTORY,
    }),
    telling('events and history', 'one subscriber, a history of 50', { isSubscribed: true }),
    telling(ALL, 'as above, with prom-client', {
      isSubscribed: true,
      imports: [OrchestratorMetricsModule.forRoot({ path: false })],
    }),
  ],
  targets: [
    {
      says: 'nothing subscribed costs at most 2 %',
      contender: UNSUBSCRIBED,
      figure: 'runs/s, backlog',
      isRatio: true,
      atLeast: 0.98,
    },
    {
      says: 'events, history and metrics cost at most 15 %',
      contender: ALL,
      figure: 'runs/s, backlog',
      isRatio: true,
      atLeast: 0.85,
    },
  ],
});
