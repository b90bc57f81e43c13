/** The part of time that is shown, and how wide it is drawn. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

export const LENGTHS_MS = [60_000, 300_000, 900_000, 3_600_000] as const;

/** How much of it is still to come. */
const FUTURE_SHARE = 0.18;

const STEPS_MS = [
  5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000,
];
const LEAST_STEP_PX = 92;

export function spanAround(nowAt: number, lengthMs: number, width: number): Span {
  const from = nowAt - lengthMs * (1 - FUTURE_SHARE);
  return { from, to: from + lengthMs, width };
}

export function xOf(at: number, { from, to, width }: Span): number {
  return ((at - from) / (to - from)) * width;
}

/** Round instants, as many as have room. */
export function ticksOf({ from, to, width }: Span): number[] {
  const most = Math.max(1, Math.floor(width / LEAST_STEP_PX));
  const stepMs = STEPS_MS.find((each) => (to - from) / each <= most) ?? to - from;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / stepMs) * stepMs; at <= to; at += stepMs) ticks.push(at);
  return ticks;
}
