import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';
import { JobPriority, type TriggerOptions } from 'nestjs-orchestrator';

const FIELDS = ['payload', 'priority', 'dedupeKey'];
const PRIORITIES: ReadonlyMap<unknown, JobPriority> = new Map([
  ['LOW', JobPriority.LOW],
  ['NORMAL', JobPriority.NORMAL],
  ['HIGH', JobPriority.HIGH],
  ['CRITICAL', JobPriority.CRITICAL],
]);

/** Reads the body of a trigger request; the payload is the worker's affair. */
@Injectable()
export class TriggerOptionsPipe implements PipeTransform<unknown, TriggerOptions> {
  transform(body: unknown): TriggerOptions {
    const { payload, priority, dedupeKey } = fieldsOf(body);
    return {
      ...(payload !== undefined && { payload }),
      ...(priority !== undefined && { priority: readPriority(priority) }),
      ...(dedupeKey !== undefined && { dedupeKey: readDedupeKey(dedupeKey) }),
    };
  }
}

function fieldsOf(body: unknown = {}): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    if (Object.keys(body).every((field) => FIELDS.includes(field))) return { ...body };
  }
  throw new BadRequestException(
    `Send a JSON object with any of ${FIELDS.join(', ')}, and content-type: application/json.`,
  );
}

function readPriority(name: unknown): JobPriority {
  const priority = PRIORITIES.get(name);
  if (priority !== undefined) return priority;
  throw new BadRequestException(`priority must be one of ${[...PRIORITIES.keys()].join(', ')}.`);
}

function readDedupeKey(key: unknown): string {
  if (typeof key === 'string' && key.length >= 1 && key.length <= 256) return key;
  throw new BadRequestException('dedupeKey must be text of 1 to 256 characters.');
}
