import type { JSX } from 'preact';
import { StateIcon } from '../parts/marks.js';
import type { Run, Worker } from '../api/shapes.js';
import { hrefOf } from '../state/route.js';
import { formatNumber } from '../words/format.js';
import { say, sayOf } from '../words/words.js';
import type { Span } from './span.js';
import { Track } from './track.js';
import { useSkips } from './use-skips.js';

interface Properties {
  readonly worker: Worker;
  /** Oldest first. */
  readonly runs: readonly Run[];
  readonly span: Span;
  readonly top: number;
  readonly chosen: string | undefined;
  readonly onChoose: (run: string | undefined) => void;
}

/** A worker along time. The arrow keys go from run to run. */
export function TimelineRow(properties: Properties): JSX.Element {
  const { worker, runs, span, top, chosen, onChoose } = properties;
  const skips = useSkips(worker);

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (event.key === 'Escape') onChoose(undefined);
    if (step === 0 || runs.length === 0) return;
    event.preventDefault();
    const at = runs.findIndex(({ id }) => id === chosen);
    const next = at < 0 ? runs.length - 1 : Math.min(runs.length - 1, Math.max(0, at + step));
    onChoose(runs[next]?.id);
  };

  return (
    <div
      class={`timeline-row tone-${worker.state}`}
      role="listitem"
      style={{ transform: `translateY(${top}px)` }}
    >
      <a
        class="timeline-name"
        href={hrefOf({ view: 'worker', name: worker.name })}
        title={`${worker.name} – ${sayOf('state', worker.state)}`}
      >
        <StateIcon state={worker.state} />
        <span>{worker.name}</span>
      </a>
      <div
        class="timeline-track"
        tabIndex={0}
        role="group"
        aria-label={summaryOf(worker, runs)}
        onKeyDown={onKeyDown}
        onClick={({ target }) => onChoose(runOf(target))}
      >
        <Track worker={worker} runs={runs} skips={skips} span={span} chosen={chosen} />
      </div>
    </div>
  );
}

function summaryOf({ name, state }: Worker, runs: readonly Run[]): string {
  const failed = runs.filter(({ status }) => status === 'failed' || status === 'timed-out').length;
  return say('timeline.summary', {
    name,
    state: sayOf('state', state),
    count: formatNumber(runs.length),
    failed: formatNumber(failed),
  });
}

function runOf(target: EventTarget | null): string | undefined {
  const bar = target instanceof Element ? target.closest<SVGElement>('[data-run]') : null;
  return bar?.dataset.run;
}
