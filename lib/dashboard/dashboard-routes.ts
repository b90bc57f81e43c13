import { Get, HttpStatus, Inject, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Exchange } from '../admin/exchange.js';
import { Operation } from '../admin/operation.decorator.js';
import { Refusal } from '../admin/refusal.js';
import { BuiltPage, type PageFile } from './built-page.js';

export const HOW_TO_BUILD =
  'The page of nestjs-orchestrator/dashboard is not built. Run "npm run build" in its repository, which "nest build" ' +
  'alone does not; packages that are published hold it.';

/** The page and what belongs to it. */
export abstract class DashboardRoutes {
  /** The last segment of the path that it stands at. */
  protected abstract readonly segment: string;

  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(BuiltPage) private readonly page: BuiltPage,
  ) {}

  @Get()
  @Operation({ name: 'page', needs: 'read' })
  show(@Req() request: unknown, @Res() response: unknown): void {
    const exchange = new Exchange(this.host.httpAdapter, request, response);
    const [path = ''] = (exchange.request.url ?? '').split('?');
    // Relative either way, so that it works behind any prefix and proxy, and redirects nobody.
    const document = this.page.document(path.endsWith('/') ? './' : `${this.segment}/`);
    if (document === undefined) {
      throw new Refusal(HttpStatus.SERVICE_UNAVAILABLE, 'PAGE_NOT_BUILT', HOW_TO_BUILD);
    }
    answerWith(exchange, document);
  }

  @Get('assets/:name')
  @Operation({ name: 'page', needs: 'read' })
  asset(@Req() request: unknown, @Res() response: unknown): void {
    const exchange = new Exchange(this.host.httpAdapter, request, response);
    const asset = this.page.asset(exchange.param('name'));
    if (asset === undefined) {
      throw new Refusal(HttpStatus.NOT_FOUND, 'NOT_FOUND', 'The page has no such part.');
    }
    answerWith(exchange, asset);
  }
}

function answerWith(exchange: Exchange, { type, text }: PageFile): void {
  exchange.send(HttpStatus.OK, type, text);
}
