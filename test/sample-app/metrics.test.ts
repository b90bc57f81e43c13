import { expect, it, vi } from 'vitest';
import { start } from './sample.js';

it('serves what its workers do to Prometheus', async () => {
  const sample = await start();

  await vi.waitFor(async () => {
    const text = await (await sample.fetch('/metrics')).text();
    expect(text).toMatch(
      /^orchestrator_runs_total\{worker="collect-samples",outcome="succeeded"\} [1-9]/m,
    );
    expect(text).toContain('orchestrator_worker_state{worker="watch-event-loop",state="running"}');
  }, 15_000);
});
