import { createHash, timingSafeEqual } from 'node:crypto';
import {
  ForbiddenException,
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';

/** Lets requests pass that know the key; nobody, where there is none. */
@Injectable()
export class TriggerKeyGuard implements CanActivate {
  constructor(private readonly config: AppConfig) {}

  canActivate(context: ExecutionContext): boolean {
    const { triggerKey } = this.config;
    if (triggerKey === undefined) {
      throw new ForbiddenException(
        'Triggering is off. Start the application with TRIGGER_KEY set.',
      );
    }
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>();
    if (isSame(headers['x-api-key'], triggerKey)) return true;
    throw new UnauthorizedException('The header x-api-key must be the TRIGGER_KEY.');
  }
}

/** Takes equally long wherever they differ: time tells nothing about the key. */
function isSame(given: unknown, key: string): boolean {
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(key));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
