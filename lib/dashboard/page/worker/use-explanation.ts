import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api/api.js';
import type { Explanation } from '../api/shapes.js';
import { workers } from '../state/board.js';

/** Who only passes over a worker does not ask about it. */
const FIRST_MS = 120;
const NEXT_MS = 1_000;

/** Why the worker runs or does not; asked again as it changes, once a second at most. */
export function useExplanation(name: string): Explanation | undefined {
  const [explanation, setExplanation] = useState<Explanation>();
  const askedAt = useRef(-Infinity);
  const worker = workers.value.get(name);

  useEffect(() => {
    let isCurrent = true;
    const pauseMs = Math.max(FIRST_MS, askedAt.current + NEXT_MS - performance.now());
    const timer = setTimeout(() => {
      askedAt.current = performance.now();
      api.explain(name).then(
        (answer) => isCurrent && setExplanation(answer),
        // It may be gone; the list of workers says so.
        () => isCurrent && setExplanation(undefined),
      );
    }, pauseMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [name, worker]);

  return explanation?.worker === name ? explanation : undefined;
}
