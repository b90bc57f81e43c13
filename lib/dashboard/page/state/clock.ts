import { signal } from '@preact/signals';

/** How far the server's clock is ahead of this machine's. */
let aheadMs = 0;

/** The server's time; moves on each second. */
export const now = signal(Date.now());

export function serverNow(): number {
  return Date.now() + aheadMs;
}

export function setServerTime(at: string): void {
  aheadMs = Date.parse(at) - Date.now();
  now.value = serverNow();
}

export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) now.value = serverNow();
  }, 1_000);
}
