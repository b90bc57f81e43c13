import { select } from 'd3-selection';
import { zoom, zoomIdentity, type D3ZoomEvent } from 'd3-zoom';
import { NODE_HEIGHT, NODE_WIDTH, type Layout, type Point } from './layout.js';
import { isSame, NOTHING, roundedUp, type Sight } from './sight.js';

const LEAST_SCALE = 0.12;
const MOST_SCALE = 2;
const MARGIN = 28;
/** Below the legend, which lies above the graph where the frame is narrow. */
const MARGIN_OF_NARROW = 52;
const NARROW_WIDTH = 600;
/** Smaller than that, nothing can be read: one has to move about instead. */
const READABLE_SCALE = 0.5;

/** Moves and scales what is larger than the screen: by wheel, drag and pinch, and by what is called here. */
export interface ViewPort {
  zoomBy(factor: number): void;
  fit(layout: Pick<Layout, 'width' | 'height'>): void;
  /** Moves no further than it must. */
  show(node: Point): void;
  close(): void;
}

/** @param onSight is told what is seen, as that changes */
export function viewPortOn(
  frame: HTMLElement,
  canvas: HTMLElement,
  onSight: (sight: Sight) => void,
): ViewPort {
  let transform = zoomIdentity;
  let sight = NOTHING;
  const look = (): void => {
    const [left, top] = transform.invert([0, 0]);
    const [right, bottom] = transform.invert([frame.clientWidth, frame.clientHeight]);
    const seen = roundedUp({ left, top, right, bottom });
    if (isSame(seen, sight)) return;
    sight = seen;
    onSight(seen);
  };
  const behaviour = zoom<HTMLElement, unknown>()
    .scaleExtent([LEAST_SCALE, MOST_SCALE])
    .on('zoom', (event: D3ZoomEvent<HTMLElement, unknown>) => {
      transform = event.transform;
      const { x, y, k } = transform;
      canvas.style.transform = `translate(${x}px, ${y}px) scale(${k})`;
      look();
    });
  const selection = select(frame).call(behaviour).on('dblclick.zoom', null);
  const resized = new ResizeObserver(look);
  resized.observe(frame);

  return {
    zoomBy: (factor) => behaviour.scaleBy(selection, factor),
    fit: ({ width, height }) => {
      const { clientWidth, clientHeight } = frame;
      const scale = Math.min(
        (clientWidth - 2 * MARGIN) / width,
        (clientHeight - 2 * MARGIN) / height,
        1.15,
      );
      const bounded = Math.max(READABLE_SCALE, scale);
      const x = Math.max(MARGIN, (clientWidth - width * bounded) / 2);
      const top = clientWidth < NARROW_WIDTH ? MARGIN_OF_NARROW : MARGIN;
      const y = Math.max(top, (clientHeight - height * bounded) / 2);
      behaviour.transform(selection, zoomIdentity.translate(x, y).scale(bounded));
    },
    show: ({ x, y }) => {
      const [left, top] = transform.apply([x, y]);
      const [right, bottom] = transform.apply([x + NODE_WIDTH, y + NODE_HEIGHT]);
      const dx = correction(left, right, frame.clientWidth);
      const dy = correction(top, bottom, frame.clientHeight);
      if (dx !== 0 || dy !== 0) {
        behaviour.translateBy(selection, dx / transform.k, dy / transform.k);
      }
    },
    close: () => {
      selection.on('.zoom', null);
      resized.disconnect();
    },
  };
}

function correction(from: number, to: number, size: number): number {
  if (from < MARGIN) return MARGIN - from;
  return to > size - MARGIN ? size - MARGIN - to : 0;
}
