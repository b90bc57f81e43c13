/** Counts the timers that fire from now on. */
export function countTimers(): { readonly fired: () => number } {
  let fired = 0;
  const { setTimeout: original } = globalThis;
  globalThis.setTimeout = ((callback: (...args: unknown[]) => void, ...rest: [number]) =>
    original(
      (...args) => {
        fired++;
        callback(...args);
      },
      ...rest,
    )) as typeof setTimeout;
  return { fired: () => fired };
}
