import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { graph } from '../state/board.js';
import { hrefOf } from '../state/route.js';
import { say } from '../words/words.js';
import { Attention } from './attention.js';
import { GraphCanvas } from './graph-canvas.js';
import { shapeOf } from './graph-shape.js';
import { GraphTools } from './graph-tools.js';
import { Inspector } from './inspector.js';
import { Legend } from './legend.js';
import { nearestTowards } from './nearest-node.js';
import { NOTHING } from './sight.js';
import { useLayout } from './use-layout.js';
import { viewPortOn, type ViewPort } from './view-port.js';

const ZOOM_STEP = 1.3;

export function GraphView(): JSX.Element {
  const shape = useMemo(() => shapeOf(graph.value), [graph.value]);
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const port = useRef<ViewPort | undefined>(undefined);
  const layout = useLayout(shape, frame);
  const places = useMemo(
    () => new Map(layout?.places.map(({ name, x, y }) => [name, { x, y }])),
    [layout],
  );
  const sight = useSignal(NOTHING);
  const looked = useSignal<string | undefined>(undefined);
  const chosen = useSignal<string | undefined>(undefined);
  const toBeFocused = useRef<string | undefined>(undefined);

  useEffect(() => {
    if (frame.current === null || canvas.current === null) return;
    const made = viewPortOn(frame.current, canvas.current, (seen) => (sight.value = seen));
    port.current = made;
    return () => made.close();
  }, []);
  useEffect(() => {
    if (layout !== undefined) port.current?.fit(layout);
  }, [layout]);
  // What was out of sight is drawn first.
  useLayoutEffect(() => {
    if (toBeFocused.current === undefined) return;
    focusNode(canvas.current, toBeFocused.current);
    toBeFocused.current = undefined;
  });

  const focus = looked.value ?? chosen.value;
  const isThere = chosen.value !== undefined && places.has(chosen.value);
  const fit = (): void => {
    if (layout !== undefined) port.current?.fit(layout);
  };
  const choose = (name: string): void => {
    chosen.value = name;
    const place = places.get(name);
    // It may not be laid out yet.
    if (place === undefined) return;
    toBeFocused.current = name;
    port.current?.show(place);
  };
  const leave = (): void => {
    chosen.value = looked.value = undefined;
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const name = nameOf(event.target);
    const next = name === undefined ? undefined : nearestTowards(event.key, name, places);
    if (next !== undefined) choose(next);
    else if (event.key === '+' || event.key === '=') port.current?.zoomBy(ZOOM_STEP);
    else if (event.key === '-') port.current?.zoomBy(1 / ZOOM_STEP);
    else if (event.key === '0') fit();
    else if (event.key === 'Escape') leave();
    else return;
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
              <GraphCanvas
                shape={shape}
                layout={layout}
                places={places}
                sight={sight.value}
                focus={focus}
                tabStop={isThere ? chosen.value : shape.names[0]}
              />
            )}
          </div>
        </div>
        {shape.names.length === 0 && <p class="empty">{say('table.empty')}</p>}
        <GraphTools
          onZoomIn={() => port.current?.zoomBy(ZOOM_STEP)}
          onZoomOut={() => port.current?.zoomBy(1 / ZOOM_STEP)}
          onFit={fit}
        />
        <Legend />
      </div>
      <div class="side">
        {focus === undefined ? (
          <Attention onChoose={choose} />
        ) : (
          <Inspector key={focus} name={focus} onClose={leave} />
        )}
      </div>
    </section>
  );
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
