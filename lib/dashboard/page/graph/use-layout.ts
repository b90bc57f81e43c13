import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { GraphShape } from './graph-shape.js';
import type { Layout, LayoutRequest } from './layout.js';

/** The layout of the graph, as soon as it is there; until then, the former one. */
export function useLayout(
  shape: GraphShape,
  frame: RefObject<HTMLElement | null>,
): Layout | undefined {
  const [layout, setLayout] = useState<Layout>();
  const { names, dependencies, conflicts } = shape;
  // What is not drawn does not matter: an updated option need not move anything.
  const key = JSON.stringify([names, dependencies, conflicts]);

  useEffect(() => {
    if (names.length === 0) return;
    const worker = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<Layout>) => {
      setLayout(data);
      worker.terminate();
    });
    const aspect = (frame.current?.clientWidth ?? 1) / (frame.current?.clientHeight ?? 1);
    const request: LayoutRequest = { names, dependencies, conflicts, aspect };
    worker.postMessage(request);
    return () => worker.terminate();
  }, [key]);

  return layout;
}
