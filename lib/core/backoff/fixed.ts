export const fixed = (delayMs: number): number => delayMs;
