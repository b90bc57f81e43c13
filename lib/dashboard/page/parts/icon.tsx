import type { JSX } from 'preact';

/** Strokes on a grid of 16 by 16; drawn for this page. */
const PATHS = {
  play: 'M5.5 3.6v8.8L12.4 8z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  power: 'M8 2.5v5M4.6 4.6a4.8 4.8 0 1 0 6.8 0',
  off: 'M8 1.9a6.1 6.1 0 1 0 0 12.2A6.1 6.1 0 1 0 8 1.9M3.8 3.8l8.4 8.4',
  check: 'M3.2 8.4l3.3 3.3 6.3-7.2',
  cross: 'M4 4l8 8M12 4l-8 8',
  clock: 'M8 1.9a6.1 6.1 0 1 0 0 12.2A6.1 6.1 0 1 0 8 1.9M8 4.8V8l2.3 1.7',
  hourglass:
    'M4.2 2.2h7.6M4.2 13.8h7.6M5.2 2.2c0 3.4 5.6 3.6 5.6 5.8s-5.6 2.4-5.6 5.8M10.8 2.2c0 3.4-5.6 3.6-5.6 5.8s5.6 2.4 5.6 5.8',
  again: 'M13 8a5 5 0 1 1-1.6-3.7M13.2 2v3.2H10',
  ring: 'M8 3.4a4.6 4.6 0 1 0 0 9.2A4.6 4.6 0 1 0 8 3.4',
  probe: 'M7 2.6a4.4 4.4 0 1 0 0 8.8A4.4 4.4 0 1 0 7 2.6M10.2 10.2l3.4 3.4',
  skip: 'M3 4l4.5 4L3 12M8 4l4.5 4L8 12',
  lost: 'M5.4 5.6a2.7 2.7 0 1 1 4 2.4c-.9.5-1.4 1-1.4 2M8 12.6v.2',
  stop: 'M4.5 4.5h7v7h-7z',
  warning: 'M8 2.2l6.2 11.2H1.8zM8 6.4v3.2M8 11.4v.1',
  info: 'M8 1.9a6.1 6.1 0 1 0 0 12.2A6.1 6.1 0 1 0 8 1.9M8 7.2v3.8M8 4.9V5',
  search: 'M7 2.6a4.4 4.4 0 1 0 0 8.8A4.4 4.4 0 1 0 7 2.6M10.2 10.2l3.4 3.4',
  graph: 'M2.4 3h4v3h-4zM9.6 10h4v3h-4zM4.4 6v5.5h5.2',
  timeline: 'M2.4 4h6M5.4 8h8M3.4 12h5',
  table: 'M2.4 3h11.2v10H2.4zM2.4 6.3h11.2M2.4 9.7h11.2',
  back: 'M9.8 3.5L5.3 8l4.5 4.5',
  up: 'M3.8 10L8 5.8l4.2 4.2',
  down: 'M3.8 6L8 10.2 12.2 6',
  plus: 'M8 3.2v9.6M3.2 8h9.6',
  minus: 'M3.2 8h9.6',
  fit: 'M2.6 5.8V2.6h3.2M10.2 2.6h3.2v3.2M13.4 10.2v3.2h-3.2M5.8 13.4H2.6v-3.2',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6A2.8 2.8 0 1 0 8 5.2M8 1.4v1.4M8 13.2v1.4M1.4 8h1.4M13.2 8h1.4M3.3 3.3l1 1M11.7 11.7l1 1M12.7 3.3l-1 1M4.3 11.7l-1 1',
  moon: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z',
  half: 'M8 1.9a6.1 6.1 0 1 0 0 12.2A6.1 6.1 0 1 0 8 1.9M8 1.9v12.2',
  language:
    'M2 4.2h7M5.5 2.6v1.6M7.6 4.2c-.7 3-2.6 5-5.4 6.2M3.8 6.4c.8 1.7 2.2 3 4 3.8M8.4 13.6l2.8-6.8 2.8 6.8M9.4 11.4h3.6',
  crown: 'M2.6 12.4h10.8M3 10L2.2 4.6l3.2 2.2L8 3l2.6 3.8 3.2-2.2L13 10z',
  offline:
    'M2 2l12 12M4.4 11.6h7M3.2 7.4a3 3 0 0 1 1.6-.8M7 3.6a4 4 0 0 1 4.6 3.2 2.6 2.6 0 0 1 1.6 3.8',
} as const;

export type IconName = keyof typeof PATHS;

const FILLED: ReadonlySet<IconName> = new Set<IconName>(['play']);

/** An ornament beside words, or in a button that has a name. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class={`icon${FILLED.has(name) ? ' filled' : ''}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
