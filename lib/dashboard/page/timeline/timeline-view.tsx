import { computed, signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Run } from '../api/shapes.js';
import { Icon } from '../parts/icon.js';
import { useWindow } from '../parts/use-window.js';
import { NARROW, useMedia } from '../parts/use-media.js';
import { runs, workers } from '../state/board.js';
import { now } from '../state/clock.js';
import { formatDuration, formatTime } from '../words/format.js';
import { say } from '../words/words.js';
import { RunCard } from './run-card.js';
import { LENGTHS_MS, spanAround, ticksOf, xOf, type Span } from './span.js';
import { TimelineKey } from './timeline-key.js';
import { TimelineRow } from './timeline-row.js';

const ROW_HEIGHT = 34;
const NARROW_ROW_HEIGHT = 54;
/** How far the texts of the axis reach from their instants. */
const TICK_REACH = 84;
const NOW_REACH = 24;

const lengthMs = signal<number>(LENGTHS_MS[1]);
const search = signal('');

const runsByWorker = computed(() => {
  const lists = new Map<string, Run[]>();
  for (const run of runs.value.values()) {
    const list = lists.get(run.worker);
    if (list === undefined) lists.set(run.worker, [run]);
    else list.push(run);
  }
  return lists;
});

const NO_RUNS: readonly Run[] = [];

export function TimelineView(): JSX.Element {
  const chosen = useSignal<string | undefined>(undefined);
  const isNarrow = useMedia(NARROW);
  const rowHeight = isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT;
  const wanted = search.value.toLowerCase();
  const shown = [...workers.value.values()].filter(({ name }) =>
    name.toLowerCase().includes(wanted),
  );
  const { list, from, to } = useWindow(shown.length, rowHeight);
  const axis = useRef<HTMLDivElement>(null);
  const width = useWidth(axis);
  const span = spanAround(now.value, lengthMs.value, width);
  const run = chosen.value === undefined ? undefined : runs.value.get(chosen.value);

  return (
    <section class="timeline-view" aria-label={say('view.timeline')}>
      <div class="controls">
        <label class="search">
          <span class="unseen">{say('table.search')}</span>
          <Icon name="search" />
          <input
            type="search"
            value={search.value}
            placeholder={say('timeline.search')}
            onInput={({ currentTarget }) => (search.value = currentTarget.value)}
          />
        </label>
        <div class="segments" role="group" aria-label={say('timeline.length')}>
          {LENGTHS_MS.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === lengthMs.value}
              onClick={() => (lengthMs.value = each)}
            >
              {formatDuration(each)}
            </button>
          ))}
        </div>
        <TimelineKey />
      </div>
      <div class="scroller timeline">
        <div class="axis-row">
          <div class="axis-corner" />
          <div ref={axis} class="axis">
            <Ticks span={span} />
          </div>
        </div>
        <div
          ref={list}
          class="timeline-body"
          role="list"
          style={{ height: `${shown.length * rowHeight}px` }}
        >
          <div class="now-line" style={{ '--x': `${xOf(now.value, span)}px` }} />
          {shown.slice(from, to).map((worker, index) => (
            <TimelineRow
              key={worker.name}
              worker={worker}
              runs={runsByWorker.value.get(worker.name) ?? NO_RUNS}
              span={span}
              top={(from + index) * rowHeight}
              chosen={chosen.value}
              onChoose={(id) => (chosen.value = id)}
            />
          ))}
        </div>
        {shown.length === 0 && (
          <p class="empty">{say(workers.value.size === 0 ? 'table.empty' : 'table.none')}</p>
        )}
      </div>
      {run !== undefined && <RunCard run={run} onClose={() => (chosen.value = undefined)} />}
    </section>
  );
}

function Ticks({ span }: { readonly span: Span }): JSX.Element {
  const nowX = xOf(now.value, span);
  const isApart = (at: number): boolean => {
    const distance = nowX - xOf(at, span);
    return distance < -NOW_REACH || distance > TICK_REACH;
  };
  return (
    <>
      {ticksOf(span)
        .filter(isApart)
        .map((at) => (
          <span key={at} class="tick" style={{ left: `${xOf(at, span)}px` }}>
            {formatTime(at)}
          </span>
        ))}
      <span class="tick now" style={{ left: `${nowX}px` }}>
        {say('timeline.now')}
      </span>
    </>
  );
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(600);
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const resized = new ResizeObserver(() => setWidth(current.clientWidth));
    resized.observe(current);
    return () => resized.disconnect();
  }, []);
  return width;
}
