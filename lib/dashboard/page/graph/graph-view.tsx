import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Icon } from '../parts/icon.js';
import { graph, progress, workers } from '../state/board.js';
import { hrefOf } from '../state/route.js';
import { say } from '../words/words.js';
import { Attention } from './attention.js';
import { GraphLines, keyOf } from './graph-lines.js';
import { GraphNode } from './graph-node.js';
import { shapeOf, type Line } from './graph-shape.js';
import { Inspector } from './inspector.js';
import { nearestTowards } from './nearest-node.js';
import { useLayout } from './use-layout.js';
import { viewPortOn, type ViewPort } from './view-port.js';
import { Legend } from './legend.js';

const ZOOM_STEP = 1.3;

export function GraphView(): JSX.Element {
  const shape = useMemo(() => shapeOf(graph.value), [graph.value]);
  const frame = useRef<HTMLDivElement>(null);
  const layout = useLayout(shape, frame);
  const places = useMemo(
    () => new Map(layout?.places.map(({ name, x, y }) => [name, { x, y }])),
    [layout],
  );
  const looked = useSignal<string | undefined>(undefined);
  const chosen = useSignal<string | undefined>(undefined);
  const canvas = useRef<HTMLDivElement>(null);
  const port = useRef<ViewPort | undefined>(undefined);

  useEffect(() => {
    if (frame.current === null || canvas.current === null) return;
    const made = viewPortOn(frame.current, canvas.current);
    port.current = made;
    return () => made.close();
  }, []);
  useEffect(() => {
    if (layout !== undefined) port.current?.fit(layout);
  }, [layout]);

  const focus = looked.value ?? chosen.value;
  const { held, isHolding } = useHolds();
  const conflicts = useMemo(() => {
    const ofFocus = focus === undefined ? [] : (shape.conflictsOf.get(focus) ?? []);
    const lines = ofFocus.map((other) => ({ from: focus ?? '', to: other }));
    return withoutTwins([...shape.conflicts, ...lines, ...held]);
  }, [shape, focus, held]);
  const near = useMemo(
    () =>
      focus === undefined ? undefined : neighboursOf(focus, shape.dependencies, shape.conflictsOf),
    [focus, shape],
  );
  const tabStop =
    chosen.value !== undefined && places.has(chosen.value) ? chosen.value : shape.names[0];

  const onKeyDown = (event: KeyboardEvent): void => {
    const name = nameOf(event.target);
    if (event.key === '+' || event.key === '=') port.current?.zoomBy(ZOOM_STEP);
    else if (event.key === '-') port.current?.zoomBy(1 / ZOOM_STEP);
    else if (event.key === '0' && layout !== undefined) port.current?.fit(layout);
    else if (event.key === 'Escape') chosen.value = looked.value = undefined;
    else if (name !== undefined) {
      const next = nearestTowards(event.key, name, places);
      if (next === undefined) return;
      focusNode(canvas.current, next);
    } else return;
    event.preventDefault();
  };

  return (
    <section class="graph-view" aria-label={say('view.graph')}>
      <div class="graph-stage">
        <div
          ref={frame}
          class="graph-frame"
          role="group"
          aria-label={say('graph.label')}
          onKeyDown={onKeyDown}
          onMouseOver={({ target }) => (looked.value = nameOf(target))}
          onMouseLeave={() => (looked.value = undefined)}
          onFocusCapture={({ target }) => {
            const name = nameOf(target);
            const place = name === undefined ? undefined : places.get(name);
            if (place === undefined) return;
            chosen.value = name;
            port.current?.show(place);
          }}
          onClick={({ target }) => (chosen.value = nameOf(target))}
          onDblClick={({ target }) => {
            const name = nameOf(target);
            if (name !== undefined) location.hash = hrefOf({ view: 'worker', name });
          }}
        >
          <div ref={canvas} class="graph-canvas">
            {layout !== undefined && (
              <GraphLines
                layout={layout}
                places={places}
                conflicts={conflicts}
                holding={isHolding}
                focus={focus}
              />
            )}
            {[...places].map(([name, place]) => {
              const worker = workers.value.get(name);
              if (worker === undefined) return null;
              return (
                <GraphNode
                  key={name}
                  worker={worker}
                  place={place}
                  progress={progress.value.get(name)}
                  conflicts={
                    shape.isCrowded.has(name) ? (shape.conflictsOf.get(name)?.length ?? 0) : 0
                  }
                  isFaded={near !== undefined && !near.has(name)}
                  isTabStop={name === tabStop}
                />
              );
            })}
          </div>
        </div>
        {shape.names.length === 0 && <p class="empty">{say('table.empty')}</p>}
        <div class="graph-tools">
          <Tool icon="plus" word="graph.zoom-in" onClick={() => port.current?.zoomBy(ZOOM_STEP)} />
          <Tool
            icon="minus"
            word="graph.zoom-out"
            onClick={() => port.current?.zoomBy(1 / ZOOM_STEP)}
          />
          <Tool
            icon="fit"
            word="graph.fit"
            onClick={() => layout !== undefined && port.current?.fit(layout)}
          />
        </div>
        <Legend />
      </div>
      <div class="side">
        {focus === undefined ? (
          <Attention onChoose={(name) => focusNode(canvas.current, name)} />
        ) : (
          <Inspector
            key={focus}
            name={focus}
            onClose={() => (chosen.value = looked.value = undefined)}
          />
        )}
      </div>
    </section>
  );
}

interface ToolProperties {
  readonly icon: 'plus' | 'minus' | 'fit';
  readonly word: 'graph.zoom-in' | 'graph.zoom-out' | 'graph.fit';
  readonly onClick: () => void;
}

function Tool({ icon, word, onClick }: ToolProperties): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button"
      title={say(word)}
      aria-label={say(word)}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

/** Who holds whom back now, as lines; the same objects as long as nothing changes. */
function useHolds(): { readonly held: readonly Line[]; readonly isHolding: ReadonlySet<string> } {
  const blocked: Line[] = [];
  const all: Line[] = [];
  for (const { name, waitingFor } of workers.value.values()) {
    if (waitingFor?.heldBy === undefined) continue;
    const line = { from: waitingFor.heldBy, to: name };
    if (waitingFor.reason === 'BLOCKED') {
      blocked.push(line);
      all.push(line, { from: line.to, to: line.from });
    }
    if (waitingFor.reason === 'DEPENDENCY') all.push(line);
  }
  const key = JSON.stringify(all);
  return useMemo(() => ({ held: blocked, isHolding: new Set(all.map(keyOf)) }), [key]);
}

function withoutTwins(lines: readonly Line[]): Line[] {
  const seen = new Set<string>();
  return lines.filter(({ from, to }) => {
    const key = keyOf(from < to ? { from, to } : { from: to, to: from });
    return !seen.has(key) && seen.add(key);
  });
}

function neighboursOf(
  name: string,
  dependencies: readonly Line[],
  conflictsOf: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const related = dependencies
    .filter(({ from, to }) => from === name || to === name)
    .flatMap(({ from, to }) => [from, to]);
  return new Set([name, ...related, ...(conflictsOf.get(name) ?? [])]);
}

function nameOf(target: EventTarget | null): string | undefined {
  const node = target instanceof Element ? target.closest<HTMLElement>('.node') : null;
  return node?.dataset.name;
}

function focusNode(canvas: HTMLElement | null, name: string): void {
  for (const node of canvas?.querySelectorAll<HTMLElement>('.node') ?? []) {
    if (node.dataset.name === name) node.focus({ preventScroll: true });
  }
}
