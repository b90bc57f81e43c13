import { Get, HttpStatus, Inject, Post, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { OrchestratorService, UnknownRunError } from '../index.js';
import { AdminDesk } from './admin-desk.js';
import { Exchange } from './exchange.js';
import { Operation } from './operation.decorator.js';
import { readAbandon, readReason } from './action-fields.js';
import { readBody, type Body } from './request-body.js';
import { isMermaidAskedFor, runFilterOf, subjectOf } from './request-query.js';
import { Shown } from './shown.js';
import { LiveFeed } from './stream/live-feed.js';

const RUNS_OF_A_WORKER = 50;
const TRIGGER_FIELDS = ['payload', 'priority', 'delay', 'dedupeKey'];

/**
 * The routes. Each takes the request and the response as they are: pipes and parsers of the application are made for its
 * own routes.
 */
export abstract class AdminRoutes {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(OrchestratorService) private readonly orchestrator: OrchestratorService,
    @Inject(AdminDesk) private readonly desk: AdminDesk,
    @Inject(Shown) private readonly shown: Shown,
    @Inject(LiveFeed) private readonly feed: LiveFeed,
  ) {}

  @Get('status')
  @Operation({ name: 'status', needs: 'read' })
  async status(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const status = await this.orchestrator.getStatus();
    this.exchange(request, response).answer(HttpStatus.OK, this.shown.status(status));
  }

  @Get('workers')
  @Operation({ name: 'workers', needs: 'read' })
  async workers(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const { workerStates } = await this.orchestrator.getStatus();
    const workers = workerStates.map((worker) => this.shown.worker(worker));
    this.exchange(request, response).answer(HttpStatus.OK, workers);
  }

  @Get('workers/:name')
  @Operation({ name: 'worker', needs: 'read' })
  async worker(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    const name = subjectOf(exchange, 'name');
    const [worker, options, runs] = await Promise.all([
      this.orchestrator.getWorker(name),
      this.orchestrator.getOptions(name),
      this.orchestrator.getRuns({ worker: name, limit: RUNS_OF_A_WORKER }),
    ]);
    exchange.answer(HttpStatus.OK, {
      worker: this.shown.worker(worker),
      options,
      runs: runs.map((run) => this.shown.run(run)),
    });
  }

  @Get('workers/:name/explain')
  @Operation({ name: 'explain', needs: 'read' })
  async explain(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    const explanation = await this.orchestrator.explain(subjectOf(exchange, 'name'));
    exchange.answer(HttpStatus.OK, this.shown.explanation(explanation));
  }

  @Get('runs')
  @Operation({ name: 'runs', needs: 'read' })
  async runs(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    const runs = await this.orchestrator.getRuns(runFilterOf(exchange));
    exchange.answer(
      HttpStatus.OK,
      runs.map((run) => this.shown.run(run)),
    );
  }

  @Get('runs/:id')
  @Operation({ name: 'run', needs: 'read' })
  async run(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    const id = subjectOf(exchange, 'id');
    const run = await this.orchestrator.getRun(id);
    if (run === undefined) throw new UnknownRunError(id);
    exchange.answer(HttpStatus.OK, this.shown.run(run));
  }

  @Get('graph')
  @Operation({ name: 'graph', needs: 'read' })
  graph(@Req() request: unknown, @Res() response: unknown): void {
    const exchange = this.exchange(request, response);
    const graph = this.orchestrator.getGraph();
    if (isMermaidAskedFor(exchange)) exchange.answerText(HttpStatus.OK, graph.toMermaid());
    else exchange.answer(HttpStatus.OK, { nodes: graph.nodes, edges: graph.edges });
  }

  @Get('permissions')
  @Operation({ name: 'permissions', needs: 'read' })
  async permissions(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    exchange.answer(HttpStatus.OK, await this.desk.permissions(exchange));
  }

  @Get('stream')
  @Operation({ name: 'stream', needs: 'read' })
  stream(@Req() request: unknown, @Res() response: unknown): void {
    const exchange = this.exchange(request, response);
    if (exchange.method === 'HEAD') exchange.answerText(HttpStatus.OK, '');
    else this.feed.join(() => exchange.openStream());
  }

  @Post('workers/:name/trigger')
  @Operation({ name: 'trigger', needs: 'trigger' })
  async trigger(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    await this.act(request, response, TRIGGER_FIELDS, async (body, { exchange }) => {
      const { id } = await this.orchestrator.triggerWorker(subjectOf(exchange, 'name'), body);
      return { id };
    });
  }

  @Post('workers/:name/enable')
  @Operation({ name: 'enable', needs: 'control' })
  async enable(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    await this.act(request, response, [], async (_body, { exchange }) => {
      await this.orchestrator.enableWorker(subjectOf(exchange, 'name'));
    });
  }

  @Post('workers/:name/disable')
  @Operation({ name: 'disable', needs: 'control' })
  async disable(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    await this.act(request, response, ['reason'], async (body, { exchange, who }) => {
      const reason = readReason(body) ?? `disabled by ${who}`;
      await this.orchestrator.disableWorker(subjectOf(exchange, 'name'), reason);
    });
  }

  @Post('workers/:name/pause')
  @Operation({ name: 'pause', needs: 'control' })
  async pause(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    await this.act(request, response, [], async (_body, { exchange }) => {
      await this.orchestrator.pauseWorker(subjectOf(exchange, 'name'));
    });
  }

  @Post('workers/:name/resume')
  @Operation({ name: 'resume', needs: 'control' })
  async resume(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    await this.act(request, response, [], async (_body, { exchange }) => {
      await this.orchestrator.resumeWorker(subjectOf(exchange, 'name'));
    });
  }

  @Post('runs/:id/cancel')
  @Operation({ name: 'cancel', needs: 'control' })
  async cancel(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    await this.act(request, response, ['abandon'], async (body, { exchange, who }) => {
      const cancelled = await this.orchestrator.cancelRun(subjectOf(exchange, 'id'), {
        reason: `cancelled by ${who}`,
        abandon: readAbandon(body),
      });
      return { cancelled };
    });
  }

  @Post('pause')
  @Operation({ name: 'pause-all', needs: 'control' })
  async pauseAll(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    await this.act(request, response, [], () => this.orchestrator.pause());
  }

  @Post('resume')
  @Operation({ name: 'resume-all', needs: 'control' })
  async resumeAll(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    await this.act(request, response, [], () => this.orchestrator.resume());
  }

  private async act(
    request: unknown,
    response: unknown,
    fields: readonly string[],
    work: (
      body: Body,
      by: { readonly exchange: Exchange; readonly who: string },
    ) => Promise<unknown>,
  ): Promise<void> {
    const exchange = this.exchange(request, response);
    const done = await this.desk.perform(exchange, async (who) =>
      work(await readBody(exchange, fields), { exchange, who }),
    );
    exchange.answer(HttpStatus.ACCEPTED, done ?? {});
  }

  private exchange(request: unknown, response: unknown): Exchange {
    return new Exchange(this.host.httpAdapter, request, response);
  }
}
