import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';

/** Rows drawn beyond the visible ones, so that scrolling and the Tab key find them there. */
const BEYOND = 8;

interface Window {
  /** For the element that holds all rows. */
  readonly list: RefObject<HTMLDivElement | null>;
  readonly from: number;
  readonly to: number;
}

/** Which of many rows of one height are in sight; only they are drawn. */
export function useWindow(count: number, rowHeight: number): Window {
  const list = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ from: 0, to: 40 });

  useLayoutEffect(() => {
    const element = list.current;
    const scroller = element?.closest('.scroller');
    if (element === null || scroller == null) return;
    const look = (): void => {
      const top = scroller.getBoundingClientRect().top - element.getBoundingClientRect().top;
      const from = Math.max(0, Math.floor(top / rowHeight) - BEYOND);
      const to = Math.ceil((top + scroller.clientHeight) / rowHeight) + BEYOND;
      setRange((before) => (before.from === from && before.to === to ? before : { from, to }));
    };
    look();
    scroller.addEventListener('scroll', look, { passive: true });
    const resized = new ResizeObserver(look);
    resized.observe(scroller);
    return () => {
      scroller.removeEventListener('scroll', look);
      resized.disconnect();
    };
  }, [rowHeight]);

  return { list, from: range.from, to: Math.min(count, range.to) };
}
