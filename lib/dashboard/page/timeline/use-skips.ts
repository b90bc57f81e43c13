import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api/api.js';
import type { Explanation, Worker } from '../api/shapes.js';

export type Skip = Explanation['skipped'][number];

const NEXT_MS = 5_000;
const NONE: readonly Skip[] = [];

/** Due instants that started nothing; asked for as they become more, every few seconds at most. */
export function useSkips({ name, counts: { skipped } }: Worker): readonly Skip[] {
  const [skips, setSkips] = useState(NONE);
  const askedAt = useRef(-Infinity);

  useEffect(() => {
    if (skipped === 0) return;
    const pauseMs = Math.max(0, askedAt.current + NEXT_MS - performance.now());
    let isCurrent = true;
    const timer = setTimeout(() => {
      askedAt.current = performance.now();
      api.explain(name).then(
        (answer) => isCurrent && setSkips(answer.skipped),
        () => undefined, // The next skip asks again.
      );
    }, pauseMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [name, skipped]);

  return skips;
}
