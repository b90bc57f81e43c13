import type { ServerResponse } from 'node:http';
import { HttpStatus, type LoggerService } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import { oneLine } from '../../event-log.js';
import { failureLine, normaliseFailure } from '../../execution/normalise-failure.js';
import {
  EngineUnavailableError,
  type OrchestratorEvent,
  type OrchestratorService,
  type OrchestratorStatus,
  type WorkerView,
} from '../../index.js';
import type { AdminRun } from '../answers.js';
import { Refusal } from '../refusal.js';
import type { Shown } from '../shown.js';
import { MOST_RUNS, PendingChanges } from './pending-changes.js';
import { hasLeft, StreamClient, streamMessage } from './stream-client.js';

const MOST_CLIENTS = 100;
/** Four messages a second, at most. */
const BEAT_MS = 250;
/** Looking at everything may take a tenth of the time. */
const SHARE = 10;
/** But what took so long because nobody led may go faster now. */
const LONGEST_PAUSE_MS = 2_000;
/** Replicas come, go and take up runs without an event. */
const FLEET_BEAT_MS = 2_000;
const HEARTBEAT_MS = 15_000;
const LONGEST_BLOCK_MS = 60_000;
/** Then its reader has to be let in anew. */
const LONGEST_STREAM_MS = 60 * 60_000;

/** After these, something may have changed that nothing was heard of. */
const MAY_HAVE_MISSED: ReadonlySet<string> = new Set<OrchestratorEvent['type']>([
  'leader.elected',
  'engine.recovered',
]);

/** Tells everybody who listens what changes, in beats. While nobody does, it listens to nothing itself. */
export class LiveFeed {
  private readonly clients = new Set<StreamClient>();
  private subscription: Subscription | undefined;
  private pending = new PendingChanges();
  private beatTimer: NodeJS.Timeout | undefined;
  private fleetTimer: NodeJS.Timeout | undefined;
  private isFleet = false;
  private heartbeat: NodeJS.Timeout | undefined;
  private isBeating = false;
  /** Whoever listens now is let go of after the next beat. */
  private isFarewell = false;
  private nextBeatAt = 0;
  private lastId = 0;
  private isClosed = false;
  /** As the last leader has told it. */
  private lastLed: OrchestratorStatus | undefined;
  private hasMissedRuns = false;

  constructor(
    private readonly orchestrator: OrchestratorService,
    private readonly shown: Shown,
    private readonly logger: LoggerService,
  ) {}

  /** @throws Refusal where too many listen already, or nobody can any more */
  join(open: () => ServerResponse): void {
    if (this.isClosed) {
      throw new Refusal(HttpStatus.SERVICE_UNAVAILABLE, 'CLOSING', 'The application is closing.');
    }
    if (this.clients.size >= MOST_CLIENTS) {
      throw new Refusal(
        HttpStatus.TOO_MANY_REQUESTS,
        'TOO_MANY_STREAMS',
        `${String(MOST_CLIENTS)} streams are open already.`,
      );
    }
    const response = open();
    // Before it was let in.
    if (hasLeft(response)) return;
    const client = new StreamClient(response, performance.now());
    response.on('close', () => {
      this.leave(client);
    });
    response.on('drain', () => {
      client.noteTaken();
      if (client.hasFallenBehind) this.beatSoon();
    });
    // A reader that is gone is not worth a line.
    response.on('error', () => undefined);
    this.clients.add(client);
    this.listen();
    this.beatSoon();
  }

  /** Lets go of everybody, for good: who stayed would keep the server from closing. */
  close(): void {
    this.isClosed = true;
    for (const client of this.clients) client.end();
    this.clients.clear();
    this.rest();
  }

  private leave(client: StreamClient): void {
    this.clients.delete(client);
    if (this.clients.size === 0) this.rest();
  }

  private listen(): void {
    this.subscription ??= this.orchestrator.events.subscribe((event) => {
      this.hear(event);
    });
    this.heartbeat ??= setInterval(() => {
      this.beatHearts();
    }, HEARTBEAT_MS).unref();
  }

  private rest(): void {
    this.subscription?.unsubscribe();
    this.subscription = undefined;
    clearInterval(this.heartbeat);
    this.heartbeat = undefined;
    clearTimeout(this.beatTimer);
    this.beatTimer = undefined;
    clearTimeout(this.fleetTimer);
    this.pending = new PendingChanges();
    this.lastLed = undefined;
  }

  private hear(event: OrchestratorEvent): void {
    this.pending.note(event);
    if (MAY_HAVE_MISSED.has(event.type)) this.beginAnew();
    if (event.type === 'orchestrator.draining') this.isFarewell = true;
    this.beatSoon();
  }

  /** All who listen get the whole picture next. */
  private beginAnew(): void {
    for (const client of this.clients) client.hasFallenBehind = true;
  }

  private beatSoon(): void {
    if (this.beatTimer !== undefined || this.isBeating) return;
    const delayMs = Math.max(0, this.nextBeatAt - performance.now());
    this.beatTimer = setTimeout(() => {
      this.beatTimer = undefined;
      void this.beat();
    }, delayMs).unref();
  }

  private async beat(): Promise<void> {
    this.isBeating = true;
    clearTimeout(this.fleetTimer);
    const startedAt = performance.now();
    const told = this.pending;
    this.pending = new PendingChanges();
    try {
      await this.tell(told);
    } catch (error) {
      this.logger.error(oneLine(`The stream failed: ${failureLine(normaliseFailure(error))}`));
      for (const client of this.clients) client.cutOff();
    }
    if (this.isFarewell) for (const client of this.clients) client.end();
    this.isFarewell = false;
    const tookMs = performance.now() - startedAt;
    const pauseMs = Math.min(tookMs * (SHARE - 1), LONGEST_PAUSE_MS);
    this.nextBeatAt = startedAt + Math.max(BEAT_MS, tookMs + pauseMs);
    this.isBeating = false;
    if (this.hasMoreToTell()) this.beatSoon();
    else if (this.isFleet && this.clients.size > 0) this.beatForFleet();
  }

  private beatForFleet(): void {
    this.fleetTimer = setTimeout(() => {
      this.beatSoon();
    }, FLEET_BEAT_MS).unref();
  }

  private hasMoreToTell(): boolean {
    if (this.clients.size === 0) return false;
    if (!this.pending.isEmpty) return true;
    return [...this.clients].some((client) => client.hasFallenBehind && !client.isBlocked);
  }

  private async tell(changes: PendingChanges): Promise<void> {
    const clients = [...this.clients];
    if (changes.hasDroppedRuns) this.beginAnew();
    for (const client of clients) client.hasFallenBehind ||= client.isBlocked;
    const behind = clients.filter((client) => client.hasFallenBehind && !client.isBlocked);
    const abreast = clients.filter((client) => !client.hasFallenBehind);
    // Before anything is waited for, in which they may fall behind anew.
    for (const client of behind) client.hasFallenBehind = false;
    const messages = [
      { to: behind, text: behind.length === 0 ? '' : await this.snapshot() },
      { to: abreast, text: abreast.length === 0 ? '' : await this.changes(changes) },
    ];
    for (const { to, text } of messages) {
      for (const client of to) client.send(text);
    }
  }

  private async snapshot(): Promise<string> {
    const { workerStates, ...orchestrator } = this.shown.status(await this.status());
    const runs = await this.unlessAway(this.orchestrator.getRuns({ limit: MOST_RUNS }));
    return streamMessage(++this.lastId, 'snapshot', {
      orchestrator,
      workers: workerStates,
      runs: (runs ?? []).map((run) => this.shown.run(run)),
    });
  }

  private async changes(changes: PendingChanges): Promise<string> {
    const { workerStates, ...orchestrator } = await this.status();
    const known = new Set(workerStates.map(({ name }) => name));
    const changed = changes.areAllWorkersChanged
      ? workerStates
      : workerStates.filter(({ name }) => changes.workers.has(name));
    const runs = await this.runs([...changes.runs]);
    return streamMessage(++this.lastId, 'changes', {
      orchestrator: this.shown.orchestrator(orchestrator),
      workers: changed.map((worker) => this.shown.worker(worker)),
      removed: [...changes.workers].filter((name) => !known.has(name)),
      ...runs,
      isGraphChanged: changes.isGraphChanged,
    });
  }

  private async status(): Promise<OrchestratorStatus> {
    const status = await this.orchestrator.getStatus();
    this.isFleet = status.fleet !== undefined;
    if (status.fleet?.leader === '') return this.asLastLed(status);
    this.lastLed = status;
    if (this.hasMissedRuns) this.beginAnew();
    this.hasMissedRuns = false;
    return status;
  }

  /** While nobody leads, what is told of the fleet's workers is made up: what was known last is nearer to the truth. */
  private asLastLed(status: OrchestratorStatus): OrchestratorStatus {
    const { lastLed } = this;
    if (lastLed === undefined) return status;
    const isHere = ({ scope }: WorkerView): boolean => scope === 'replica';
    const workerStates = [
      ...lastLed.workerStates.filter((worker) => !isHere(worker)),
      ...status.workerStates.filter(isHere),
    ];
    const { at, state, engineProblem, fleet } = status;
    return {
      ...lastLed,
      at,
      state,
      ...(engineProblem !== undefined && { engineProblem }),
      ...(fleet && { fleet }),
      workerStates,
    };
  }

  private async runs(
    ids: readonly string[],
  ): Promise<{ readonly runs: readonly AdminRun[]; readonly gone: readonly string[] }> {
    const asked = Promise.all(ids.map((id) => this.orchestrator.getRun(id)));
    const runs = await this.unlessAway(asked);
    if (runs === undefined) return { runs: [], gone: [] };
    return {
      runs: runs.flatMap((run) => (run === undefined ? [] : [this.shown.run(run)])),
      gone: ids.filter((_id, index) => runs[index] === undefined),
    };
  }

  /** Nothing where nobody can answer just now: who listens gets the whole picture once somebody can. */
  private async unlessAway<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof EngineUnavailableError)) throw error;
      this.hasMissedRuns = true;
      return undefined;
    }
  }

  private beatHearts(): void {
    const now = performance.now();
    for (const client of this.clients) {
      if (now - client.openedAt > LONGEST_STREAM_MS) client.end();
      else if (client.beatHeart(now) > LONGEST_BLOCK_MS) client.cutOff();
      else continue;
      // Over HTTP/2, one that has left says so no more.
      this.leave(client);
    }
  }
}
