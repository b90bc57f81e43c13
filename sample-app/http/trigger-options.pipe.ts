import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';
import type { JobPriorityName, TriggerOptions } from 'nestjs-orchestrator';

const FIELDS = ['payload', 'priority', 'dedupeKey'];
const PRIORITIES = ['LOW', 'NORMAL', 'HIGH', 'CRITICAL'] as const;

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

function readPriority(name: unknown): JobPriorityName {
  const priority = PRIORITIES.find((each) => each === name);
  if (priority !== undefined) return priority;
  throw new BadRequestException(`priority must be one of ${PRIORITIES.join(', ')}.`);
}

function readDedupeKey(key: unknown): string {
  if (typeof key === 'string' && key.length >= 1 && key.length <= 256) return key;
  throw new BadRequestException('dedupeKey must be text of 1 to 256 characters.');
}
