import { Logger } from '@nestjs/common';
import { expect, it, vi } from 'vitest';
import type { AppConfig } from '../../sample-app/config/app-config.js';
import { FirstRound } from '../../sample-app/console/first-round.js';

function shown(isVerbose: boolean): unknown[] {
  const log = vi.spyOn(Logger.prototype, 'log').mockReturnValue();
  const round = new FirstRound({ isVerbose } as AppConfig);
  const [at, worker] = [new Date(), 'sweep'];
  const start = (runId: string) => {
    round.started({ type: 'run.started', at, worker, runId, attempt: 1, latenessMs: 0 });
  };
  const succeed = (runId: string) => {
    round.succeeded({ type: 'run.succeeded', at, worker, runId, attempts: 1, durationMs: 3 });
  };
  // It began before this replica joined the fleet.
  succeed('earlier');
  for (const runId of ['first', 'second']) {
    start(runId);
    succeed(runId);
  }
  const lines = log.mock.calls.map(([line]): unknown => line);
  log.mockRestore();
  return lines;
}

it('shows of each worker the first run that it has seen from its start', () => {
  expect(shown(false)).toEqual(['sweep started', 'sweep succeeded in 3 ms']);
});

it('shows every run where it is verbose', () => {
  expect(shown(true)).toHaveLength(5);
});
