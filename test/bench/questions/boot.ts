import 'reflect-metadata';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, Interval, ScheduleModule } from '@nestjs/schedule';
import { OrchestratorModule, Worker } from 'nestjs-orchestrator';
import { OURS, type Contender, question } from '../question.js';

interface Size {
  readonly providers: number;
}

interface Schedule {
  readonly imports: () => DynamicModule[];
  readonly decorate: (worker: string) => MethodDecorator;
}

const INTERVALS: Schedule = {
  imports: () => [OrchestratorModule.forRoot()],
  decorate: (name) => Worker({ name, interval: '1h', runOnStart: false }) as MethodDecorator,
};
const CRONS: Schedule = {
  imports: () => [OrchestratorModule.forRoot()],
  decorate: (name) => Worker({ name, cron: '0 3 * * *' }) as MethodDecorator,
};
const SCHEDULE_INTERVALS: Schedule = {
  imports: () => [ScheduleModule.forRoot()],
  decorate: (name) => Interval(name, 3_600_000),
};
const SCHEDULE_CRONS: Schedule = {
  imports: () => [ScheduleModule.forRoot()],
  decorate: (name) => Cron('0 3 * * *', { name }),
};
const NOTHING: Schedule = { imports: () => [], decorate: () => () => undefined };

function booting(name: string, schedule: Schedule, remark: string): Contender<Size> {
  return {
    name,
    remark,
    measure: async ({ providers }) => {
      const hosts = Array.from({ length: providers }, (_, index) => hostOf(index, schedule));
      const startedAt = performance.now();
      const app = await NestFactory.createApplicationContext(
        { module: class Root {}, imports: schedule.imports(), providers: hosts },
        { logger: ['error'] },
      );
      const ms = performance.now() - startedAt;
      await app.close();
      return { ms };
    },
  };
}

function hostOf(index: number, { decorate }: Schedule): Type {
  class Host {
    first(): void {}
    second(): void {}
    third(): void {}
  }
  Object.defineProperty(Host, 'name', { value: `Host${index}` });
  for (const method of ['first', 'second', 'third'] as const) {
    const descriptor = Object.getOwnPropertyDescriptor(Host.prototype, method);
    decorate(`${method}-${index}`)(Host.prototype, method, descriptor ?? {});
  }
  return Host;
}

/** How long does an application with a thousand providers of three workers take to boot? */
export const boot = question<Size>({
  name: 'boot',
  asks: 'How long does an application with 1 000 providers of 3 workers each take to boot?',
  sizes: { full: { providers: 1_000 }, tiny: { providers: 3 } },
  reference: 'ScheduleModule, intervals',
  ratioOf: 'ms',
  contenders: [
    booting(OURS, INTERVALS, 'validates options and graph of all workers together'),
    booting('ScheduleModule, intervals', SCHEDULE_INTERVALS, 'validates nothing'),
    booting(`${OURS}, crons`, CRONS, 'refuses patterns that never fire'),
    booting('ScheduleModule, crons', SCHEDULE_CRONS, 'patterns only'),
    booting('no scheduler', NOTHING, 'the share that is Nest itself'),
  ],
  targets: [
    {
      says: 'at most 1.2 times as long as ScheduleModule',
      contender: OURS,
      figure: 'ms',
      isRatio: true,
      atMost: 1.2,
    },
  ],
});
