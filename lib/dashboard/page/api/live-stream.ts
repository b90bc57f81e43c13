import { createParser, type EventSourceMessage } from 'eventsource-parser';

export type Connection =
  | { readonly state: 'connecting' | 'live' }
  | { readonly state: 'lost'; readonly retryAt: number }
  | { readonly state: 'refused'; readonly status: number };

interface Listener {
  connection(connection: Connection): void;
  message(message: EventSourceMessage): void;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
/** The server sends a heartbeat far more often: who is silent for so long is gone, whatever the socket says. */
const LONGEST_SILENCE_MS = 45_000;
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 404]);

/** Reads the events of the server; where they break off, it tries again, and says so. Never ends. */
export async function followStream(url: URL, listener: Listener): Promise<never> {
  let failures = 0;
  for (;;) {
    if (failures === 0) listener.connection({ state: 'connecting' });
    const outcome = await readUntilItEnds(
      url,
      () => listener.connection({ state: 'live' }),
      listener,
    );
    failures = outcome === 'was-live' ? 1 : failures + 1;
    const ceilingMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    const pauseMs = ceilingMs * (0.5 + Math.random() / 2);
    listener.connection(
      typeof outcome === 'number' && REFUSALS.has(outcome)
        ? { state: 'refused', status: outcome }
        : { state: 'lost', retryAt: Date.now() + pauseMs },
    );
    await pause(pauseMs);
  }
}

async function readUntilItEnds(
  url: URL,
  onLive: () => void,
  listener: Listener,
): Promise<'was-live' | 'failed' | number> {
  const abort = new AbortController();
  let silence = setTimeout(() => abort.abort(), LONGEST_SILENCE_MS);
  let isLive = false;
  const heard = { isAny: false };
  try {
    const headers = { accept: 'text/event-stream' };
    const response = await fetch(url, { headers, cache: 'no-store', signal: abort.signal });
    if (!response.ok || response.body === null) return response.status;
    const parser = createParser({
      onEvent: (message) => {
        heard.isAny = true;
        listener.message(message);
      },
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      clearTimeout(silence);
      silence = setTimeout(() => abort.abort(), LONGEST_SILENCE_MS);
      if (!isLive) onLive();
      isLive = true;
      parser.feed(value);
    }
  } catch {
    // The network's errors tell a person nothing; the connection's state does.
  } finally {
    clearTimeout(silence);
  }
  return heard.isAny ? 'was-live' : 'failed';
}

/** Over sooner where the network is back, or somebody looks. */
function pause(pauseMs: number): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      removeEventListener('online', over);
      document.removeEventListener('visibilitychange', over);
      resolve();
    };
    const timer = setTimeout(over, pauseMs);
    addEventListener('online', over);
    document.addEventListener('visibilitychange', over);
  });
}
