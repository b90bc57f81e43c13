const realNow = Date.now.bind(Date);
let offsetMs = Number(process.env.CLOCK_OFFSET_MS ?? 0);

/** Sets this process's wall clock further ahead, or back, at once. */
export function shiftClock(byMs: number): void {
  offsetMs += byMs;
}

/*
 * Loaded before everything else, by `--import`, so that whoever keeps a reference to `Date` keeps a shifted one.
 */
Date.now = () => realNow() + offsetMs;
globalThis.Date = new Proxy(Date, {
  construct: (RealDate, args, newTarget) =>
    Reflect.construct(RealDate, args.length === 0 ? [Date.now()] : args, newTarget) as object,
});
