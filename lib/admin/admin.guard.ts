import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { AdminDesk } from './admin-desk.js';
import { Exchange } from './exchange.js';
import { Operation, type AdminOperation } from './operation.decorator.js';

/** Stands before every route: nothing is read or done of a request that it has not let through. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(AdminDesk) private readonly desk: AdminDesk,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const exchange = new Exchange(this.host.httpAdapter, http.getRequest(), http.getResponse());
    const operation = this.reflector.get(Operation, context.getHandler()) as
      AdminOperation | undefined;
    if (operation === undefined) return false;
    await this.desk.admit(exchange, context, operation);
    return true;
  }
}
