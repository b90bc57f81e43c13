/** Enough doublings to outgrow every ceiling; more would end at infinity, and nothing times infinity is no number. */
const MOST_DOUBLINGS = 52;

export const exponential = (delayMs: number, failedAttempts: number): number =>
  delayMs * 2 ** Math.min(failedAttempts - 1, MOST_DOUBLINGS);
