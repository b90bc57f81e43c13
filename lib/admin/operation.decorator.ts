import { Reflector } from '@nestjs/core';
import type { AdminAction } from './admin-options.js';

/** What a route does, and which permission that needs. */
export interface AdminOperation {
  readonly name: string;
  readonly needs: AdminAction;
}

/** Marks a route; one without it is refused to everybody. */
export const Operation = Reflector.createDecorator<AdminOperation>();
