import type { IncomingMessage, ServerResponse } from 'node:http';
import { BlockList } from 'node:net';
import {
  ForbiddenException,
  Injectable,
  UnauthorizedException,
  type ExecutionContext,
} from '@nestjs/common';
import type {
  AdminAction,
  AdminGrant,
  AdminRequestDetails,
  OrchestratorAdminBehaviour,
} from 'nestjs-orchestrator/admin';
import { TriggerKey, userIn } from './trigger-key.js';

const THIS_MACHINE = new BlockList();
THIS_MACHINE.addSubnet('127.0.0.0', 8);
THIS_MACHINE.addAddress('::1', 'ipv6');

/** Whoever sits at this machine may look; acting, and looking from elsewhere, takes the key. */
@Injectable()
export class OperatorAccess {
  constructor(private readonly key: TriggerKey) {}

  createOrchestratorAdminOptions(): OrchestratorAdminBehaviour {
    return {
      showErrors: true,
      authorize: (...request) => this.authorize(...request),
    };
  }

  private authorize(
    context: ExecutionContext,
    action: AdminAction,
    { operation }: AdminRequestDetails,
  ): AdminGrant {
    const http = context.switchToHttp();
    const { headers, socket } = http.getRequest<IncomingMessage>();
    if (this.key.isKnownBy(headers)) return { who: userIn(headers) ?? 'holder of the key' };
    // Asked for by the page, a browser sends the key with all that the page does.
    const isLogin = operation === 'page' && this.key.isSet;
    if (action === 'read' && isThisMachine(socket.remoteAddress) && !isLogin) return true;
    if (!this.key.isSet) {
      throw new ForbiddenException('Start the application with TRIGGER_KEY set to act.');
    }
    http.getResponse<ServerResponse>().setHeader('www-authenticate', 'Basic realm="TRIGGER_KEY"');
    throw new UnauthorizedException('Give the TRIGGER_KEY: as x-api-key, or as the password.');
  }
}

function isThisMachine(address = ''): boolean {
  return THIS_MACHINE.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
