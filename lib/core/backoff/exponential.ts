export const exponential = (delayMs: number, failedAttempts: number): number =>
  delayMs * 2 ** (failedAttempts - 1);
