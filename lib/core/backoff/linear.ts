export const linear = (delayMs: number, failedAttempts: number): number => delayMs * failedAttempts;
