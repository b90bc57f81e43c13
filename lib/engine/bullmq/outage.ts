import { failureLine, normaliseFailure } from '../../execution/normalise-failure.js';
import type { EngineHost } from '../engine.js';

const REPEAT_AFTER_MS = 60_000;
const MOST_LINES = 100;

/** Whether the store can be reached; told once, whatever the number of connections that fail. */
export class Outage {
  /** Since it began. */
  problem: string | undefined;
  private readonly mentioned = new Map<string, number>();

  constructor(private readonly host: EngineHost) {}

  begin(error: unknown): void {
    const isNew = this.problem === undefined;
    this.problem = lineOf(error);
    if (!isNew) return;
    const { problem } = this;
    this.host.onEvent({ type: 'engine.unavailable', at: new Date(), problem });
  }

  end(): void {
    if (this.problem === undefined) return;
    this.problem = undefined;
    this.host.onEvent({ type: 'engine.recovered', at: new Date() });
  }

  /** Something that a connection says: the same is repeated only after a while. */
  mention(error: unknown): void {
    const line = lineOf(error);
    const now = this.host.clock.now();
    const last = this.mentioned.get(line) ?? -Infinity;
    if (now - last < REPEAT_AFTER_MS) return;
    if (this.mentioned.size >= MOST_LINES) this.mentioned.clear();
    this.mentioned.set(line, now);
    this.host.logger.warn(`The store says: ${line}`);
  }
}

function lineOf(error: unknown): string {
  return failureLine(normaliseFailure(error));
}
