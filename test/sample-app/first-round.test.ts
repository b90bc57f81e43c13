import type { OrchestratorStatus } from 'nestjs-orchestrator';
import { beforeAll, expect, it, vi } from 'vitest';
import { launch, type Sample } from './sample.js';

const IN_ORDER = ['collect-samples', 'roll-up', 'detect-anomalies'];

let sample: Sample;
beforeAll(async () => {
  sample = await launch();
});

it('shows its workers running in dependency order within five seconds', async () => {
  await vi.waitFor(() => expect(sample.output).toContain('detect-anomalies succeeded'), 15_000);

  const lines = linesAboutWorkers();
  const steps = IN_ORDER.flatMap((worker) => [
    lines.findIndex((line) => line === `${worker} started`),
    lines.findIndex((line) => line.startsWith(`${worker} succeeded in `)),
  ]);
  expect(steps).not.toContain(-1);
  expect(steps).toEqual(steps.toSorted((one, other) => one - other));
  expect(lines).toContain('roll-up waits: DEPENDENCY by collect-samples');
});

it('tells at the start what runs and what to try', async () => {
  for (const worker of [
    'watch-event-loop',
    'write-report',
    'prune',
    'back-up',
    'compact',
    'probe-endpoints',
  ]) {
    expect(sample.output).toMatch(new RegExp(`^ +${worker} +\\w`, 'm'));
  }
  const paths = [...sample.output.matchAll(/http:\/\/[\d.:]+(\/\S+)/g)].map(([, path]) => path!);
  expect(paths).toEqual([
    '/orchestrator',
    '/health',
    '/status',
    '/workers/compact/explain',
    '/workers/write-report/trigger',
  ]);
  // The page asks for the key.
  for (const path of paths.slice(1, 4)) expect((await sample.fetch(path)).status).toBe(200);
});

it('is quiet once each worker has had its first run', async () => {
  await sample.prints(/watch-event-loop succeeded/);
  const { counts } = await sample.worker('collect-samples');

  await vi.waitFor(async () => {
    const later = await sample.worker('collect-samples');
    expect(later.counts.succeeded).toBeGreaterThan(counts.succeeded + 1);
  }, 15_000);

  expect(linesAboutWorkers().filter((line) => line === 'collect-samples started')).toHaveLength(1);
});

it('answers for its health and its status', async () => {
  for (const path of ['/health', '/health/live', '/health/ready']) {
    expect((await sample.fetch(path)).status).toBe(200);
  }
  expect(await sample.json<OrchestratorStatus>('/status')).toMatchObject({
    state: 'running',
    workers: 9,
  });
});

function linesAboutWorkers(): string[] {
  return sample.output.split('\n').flatMap((line) => /\[Workers\] (.*)/.exec(line)?.[1] ?? []);
}
