import { Redis } from 'ioredis';
import type { HistoryEvent, Testimony } from './event.js';

const LOG = 'testimonies';
const TOKENS = 'tokens';

/** Writes down what is testified, with the time; the order of the list is the order of the world. */
const WRITE = `
  local time = redis.call('TIME')
  return redis.call('RPUSH', '${LOG}', time[1] * 1000 + math.floor(time[2] / 1000) .. ' ' .. ARGV[1])
`;

/**
 * The same for a start, by a resource that keeps the greatest fencing token that it has seen, and refuses smaller ones.
 * ARGV: testimony without its last brace, worker, token or nothing.
 */
const WRITE_START = `
  local refused = 'false'
  if ARGV[3] ~= '' then
    if tonumber(ARGV[3]) < tonumber(redis.call('HGET', '${TOKENS}', ARGV[2]) or 0) then
      refused = 'true'
    else
      redis.call('HSET', '${TOKENS}', ARGV[2], ARGV[3])
    end
  end
  local time = redis.call('TIME')
  redis.call('RPUSH', '${LOG}', time[1] * 1000 + math.floor(time[2] / 1000) .. ' ' .. ARGV[1] .. ',"isRefused":' .. refused .. '}')
  return refused
`;

type StartOf = Extract<Testimony, { is: 'start' }>;

/** A server that the chaos never touches. What stands there first has happened first. */
export class Witness {
  private readonly client: Redis;

  constructor(url: string) {
    this.client = new Redis(url);
  }

  async write(testimony: Testimony): Promise<void> {
    await this.client.eval(WRITE, 0, JSON.stringify(testimony));
  }

  /** @param isGuarded whether the resource minds the token @returns whether it was refused */
  async start(start: Omit<StartOf, 'isRefused'>, isGuarded: boolean): Promise<boolean> {
    const text = JSON.stringify(start).slice(0, -1);
    const token = isGuarded ? String(start.token ?? '') : '';
    return (await this.client.eval(WRITE_START, 0, text, start.worker, token)) === 'true';
  }

  async read(): Promise<HistoryEvent[]> {
    const lines = await this.client.lrange(LOG, 0, -1);
    return lines.map((line, seq) => {
      const blank = line.indexOf(' ');
      const testimony = JSON.parse(line.slice(blank + 1)) as Testimony;
      return { ...testimony, seq, at: Number(line.slice(0, blank)) };
    });
  }

  /** How often something has been done that fails every third time, by everybody together. */
  count(what: string): Promise<number> {
    return this.client.hincrby('counts', what, 1);
  }

  close(): void {
    this.client.disconnect();
  }
}
