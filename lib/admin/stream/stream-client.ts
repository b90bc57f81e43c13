import type { ServerResponse } from 'node:http';

/** HTTP/2's says less of itself. */
type HttpResponse = Omit<ServerResponse, 'writableNeedDrain' | 'destroyed'> &
  Partial<Pick<ServerResponse, 'writableNeedDrain' | 'destroyed'>> & {
    readonly stream?: { readonly destroyed: boolean };
  };

/** Whether its reader has left already, and will not leave again. */
export function hasLeft({ destroyed, stream }: HttpResponse): boolean {
  return destroyed === true || stream?.destroyed === true;
}

/**
 * One reader of the stream. What it does not take is not kept for it: it has fallen behind, and gets the whole picture
 * once it reads again.
 */
export class StreamClient {
  hasFallenBehind = true;
  private blockedSince: number | undefined;

  constructor(
    private readonly response: ServerResponse,
    readonly openedAt: number,
  ) {
    // How long its browser waits before it calls again.
    response.write('retry: 2000\n\n');
  }

  /** Whether what was sent is still on its way. */
  get isBlocked(): boolean {
    const response: HttpResponse = this.response;
    const { writableLength, writableHighWaterMark } = response;
    return response.writableNeedDrain ?? writableLength >= writableHighWaterMark;
  }

  /** It has taken all that was sent. */
  noteTaken(): void {
    this.blockedSince = undefined;
  }

  send(message: string): void {
    this.response.write(message);
  }

  /** @returns how long it has taken nothing */
  beatHeart(now: number): number {
    if (this.isBlocked) {
      this.blockedSince ??= now;
      return now - this.blockedSince;
    }
    this.blockedSince = undefined;
    this.response.write(': heartbeat\n\n');
    return 0;
  }

  /** What it has not taken by now it will not. */
  end(): void {
    if (this.isBlocked) this.cutOff();
    else this.response.end();
  }

  cutOff(): void {
    this.response.destroy();
  }
}

/** A message of the stream; JSON has no line breaks of its own. */
export function streamMessage(id: number, event: string, data: unknown): string {
  return `id: ${String(id)}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
