import 'reflect-metadata';
import { Injectable, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Interval, ScheduleModule } from '@nestjs/schedule';

/** A real application in which `@nestjs/schedule` calls the bodies, one method for each. */
export async function scheduled(
  bodies: readonly (() => void)[],
  periodMs: number,
): Promise<INestApplicationContext> {
  const root = {
    module: class Root {},
    imports: [ScheduleModule.forRoot()],
    providers: bodies.map((body) => hostOf(body, periodMs)),
  };
  return NestFactory.createApplicationContext(root, { logger: ['error'] });
}

function hostOf(body: () => void, periodMs: number): Type {
  @Injectable()
  class Host {
    @Interval(periodMs)
    call(): void {
      body();
    }
  }
  return Host;
}
