import {
  ForbiddenException,
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { TriggerKey } from './trigger-key.js';

/** Lets requests pass that know the key; nobody, where there is none. */
@Injectable()
export class TriggerKeyGuard implements CanActivate {
  constructor(private readonly key: TriggerKey) {}

  canActivate(context: ExecutionContext): boolean {
    if (!this.key.isSet) {
      throw new ForbiddenException(
        'Triggering is off. Start the application with TRIGGER_KEY set.',
      );
    }
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>();
    if (this.key.isKnownBy(headers)) return true;
    throw new UnauthorizedException('The header x-api-key must be the TRIGGER_KEY.');
  }
}
