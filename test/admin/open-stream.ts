import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { afterEach, vi } from 'vitest';

export interface StreamMessage {
  readonly id?: string;
  readonly event?: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as JSON.parse gives it
  readonly data?: any;
  readonly comment?: string;
}

export interface OpenStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** All that came, in order; comments too. */
  readonly messages: StreamMessage[];
  readonly isEnded: () => boolean;
  /** Waits for the first message that is so, among those that have come and those that come. */
  until(isWanted: (message: StreamMessage) => boolean): Promise<StreamMessage>;
  /** Leaves what comes unread, until it is called again. */
  pause(): void;
  resume(): void;
  close(): void;
}

const streams: IncomingMessage[] = [];

afterEach(() => {
  for (const stream of streams.splice(0)) stream.destroy();
});

/** Reads server-sent events, by rules of their own and not of the page that will. */
export async function openStream(
  url: string,
  headers: Record<string, string> = {},
): Promise<OpenStream> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).on('error', reject);
  });
  streams.push(response);
  const messages: StreamMessage[] = [];
  let text = '';
  let isEnded = false;
  response.setEncoding('utf8');
  response.on('data', (part: string) => {
    text += part;
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) messages.push(read(block));
  });
  response.on('close', () => {
    isEnded = true;
  });
  response.on('error', () => undefined);
  return {
    status: response.statusCode!,
    headers: response.headers,
    messages,
    isEnded: () => isEnded,
    until: (isWanted) =>
      vi.waitFor(
        () => {
          const found = messages.find(isWanted);
          if (found === undefined) throw new Error(`It is not among ${messages.length} messages.`);
          return found;
        },
        { timeout: 15_000, interval: 10 },
      ),
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    close: () => void response.destroy(),
  };
}

function read(block: string): StreamMessage {
  const fields = block.split('\n').map((line) => /^([^:]*): ?(.*)$/.exec(line)!.slice(1));
  const message: Record<string, unknown> = {};
  for (const [field, value] of fields as [string, string][]) {
    message[field === '' ? 'comment' : field] = field === 'data' ? JSON.parse(value) : value;
  }
  return message;
}
