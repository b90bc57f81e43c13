import { layOut, type Layout, type LayoutRequest } from './layout.js';

/** Large graphs take their time; the page goes on meanwhile. */
addEventListener('message', ({ data }: MessageEvent<LayoutRequest>) => {
  const layout: Layout = layOut(data);
  postMessage(layout);
});
