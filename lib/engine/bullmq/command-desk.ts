import { WaitingError, type Job, type Worker } from 'bullmq';
import { EngineUnavailableError } from '../../core/errors.js';
import type { FleetView } from '../../core/view/fleet-view.js';
import type { RunView } from '../../core/view/run-view.js';
import type { AcceptedTrigger } from './accepted-triggers.js';
import { within } from './deadline.js';
import { definitionOf } from './declaration.js';
import { imageOfError } from './error-image.js';
import { runIdOf, type Answer, type Command, type Order, type TriggerCommand } from './messages.js';
import type { Reign } from './reign.js';
import type { RollCall } from './roll-call.js';
import type { Store } from './store.js';
import { packed } from './wire.js';

/** A trigger's job lasts as long as its run: there may be as many as runs that wait. */
const MOST_AT_ONCE = 100_000;
/** Answers are kept for those who missed the news of them. */
const KEEP_ANSWERS = { age: 600, count: 5_000 };

const MOST_REVOKED = 1_000;
const NOT_TAKEN = 'the store did not take its trigger';

type CommandJobOf = Job<Command, Answer>;

interface TriggerHere extends AcceptedTrigger {
  /** Where its run has begun at once: settles once the store has that, and rejects where it does not take it. */
  readonly storing?: Promise<void> | undefined;
}

/** Where the leader answers what replicas ask of it. */
export class CommandDesk {
  private worker: Worker | undefined;
  /** For each job that lasts: gives it back. */
  private readonly lasting = new Set<() => void>();
  /** Triggers that this replica has asked for itself: nobody waits to be told of them. */
  private readonly own = new Set<string>();
  /** Whose jobs the store may have all the same. */
  private readonly revoked = new Set<string>();
  private isClosed = false;

  constructor(
    private readonly reign: Reign,
    private readonly rollCall: RollCall,
    private readonly store: Store,
    private readonly leaseMs: number,
    /** How runs had ended before. */
    private readonly ended: ReadonlyMap<string, Answer>,
  ) {}

  open(): void {
    this.worker = this.store.worker('commands', (job) => this.serve(job as CommandJobOf), {
      concurrency: MOST_AT_ONCE,
      lockDuration: this.leaseMs,
      lockRenewTime: Math.ceil(this.leaseMs / 3),
      stalledInterval: Math.ceil(this.leaseMs / 3),
      maxStalledCount: 2 ** 31 - 1,
      removeOnComplete: KEEP_ANSWERS,
      removeOnFail: KEEP_ANSWERS,
    });
    this.worker.on('completed', ({ id = '' }) => {
      // Not before the store knows its end: without its lock it is served again, and must not become a second run.
      this.reign.accepted.delete(id);
      if (!this.own.delete(id)) this.reign.say({ type: 'answered', command: id });
    });
  }

  /** Those that last go back, for the next leader. */
  async close(mostMs: number): Promise<void> {
    this.isClosed = true;
    // What is given back must not be picked up here again.
    const rested = this.worker?.pause() ?? Promise.resolve();
    for (const giveBack of this.lasting) giveBack();
    await within(mostMs, 'giving commands back', rested).catch(() => undefined);
    await within(mostMs, 'closing', this.worker?.close(true) ?? Promise.resolve()).catch(
      () => undefined,
    );
  }

  /** @throws whatever the order is refused with */
  async obey(command: Order): Promise<unknown> {
    const { reign } = this;
    const { scheduler } = reign;
    switch (command.type) {
      case 'await':
        return this.awaitRun(command.waiter, command.awaited);
      case 'cancel': {
        const wasLive = reign.cancel(command.runId, command.why, command.abandon);
        await reign.remember();
        return wasLive;
      }
      case 'enable':
      case 'pause':
      case 'resume':
        reign.act((now) => {
          scheduler[command.type](command.worker, now);
        });
        return reign.remember();
      case 'disable':
        reign.act((now) => {
          scheduler.disable(command.worker, command.reason, now);
        });
        return reign.remember();
      case 'pause-all':
        reign.act((now) => {
          scheduler.pauseAll(now);
        });
        return reign.remember();
      case 'resume-all':
        reign.act((now) => {
          scheduler.resumeAll(now);
        });
        return reign.remember();
      case 'introduce':
        return reign.workforceChanges.introduce(command);
      case 'update':
        return reign.workforceChanges.update(definitionOf(command.text), command.updates);
      case 'definition':
        return reign.inForce(command.worker);
      case 'status':
        return { ...reign.act((now) => scheduler.status(now)), fleet: this.fleet() };
      case 'worker':
        return reign.act((now) => scheduler.viewWorker(command.worker, now));
      case 'explain':
        return reign.act((now) => scheduler.explain(command.worker, now));
      case 'run':
        return command.runIds
          .map((id) => scheduler.viewRun(id))
          .filter((run) => run !== undefined)
          .map((run) => this.placed(run));
      case 'withdrawn':
        throw new EngineUnavailableError('it was withdrawn');
      case 'runs':
        return scheduler.viewRuns(command.filter).map((run) => this.placed(run));
    }
  }

  /** One that this replica asks for; its job comes after it, if any. @throws whatever it is refused with */
  triggerHere(id: string, command: TriggerCommand): TriggerHere {
    const trigger = this.trigger(id, command);
    if (trigger.runId === id) {
      this.own.add(id);
      return { ...trigger, storing: this.reign.attempts.storing(id) };
    }
    this.noJobComes(id);
    return trigger;
  }

  /** Of a trigger that has become another's run, that the store did not take, or whose run its attempt tells of. */
  noJobComes(id: string): void {
    this.reign.accepted.delete(id);
    this.own.delete(id);
  }

  /** @throws whatever the trigger is refused with */
  private trigger(id: string, command: TriggerCommand): AcceptedTrigger {
    const { accepted } = this.reign;
    const known = accepted.get(id);
    if (known !== undefined) return known;
    const { worker, request, at, isAccepted: wasAccepted } = command;
    const { delayMs = 0 } = request;
    const runId = this.reign.act((now) => {
      const leftMs = wasAccepted === true ? at + delayMs - this.reign.storeTime(now) : delayMs;
      const given = { ...request, id, wasAccepted, delayMs: leftMs };
      return this.reign.scheduler.trigger(worker, given, now);
    });
    // Its job may come after its end.
    return accepted.add(id, runId);
  }

  /** Of a trigger that the store did not take: whoever is told so should not find that it runs. */
  revoke(id: string): void {
    const { scheduler, accepted } = this.reign;
    this.noJobComes(id);
    this.noteRevoked(id);
    this.reign.attemptOnceLeading((now) => {
      // It may be over already, and be known no more.
      if (scheduler.viewRun(id) === undefined || accepted.isAwaited(id)) return;
      scheduler.cancel(id, NOT_TAKEN, now);
    });
  }

  private noteRevoked(id: string): void {
    this.revoked.add(id);
    const [oldest = ''] = this.revoked;
    if (this.revoked.size > MOST_REVOKED) this.revoked.delete(oldest);
  }

  private fleet(): Omit<FleetView, 'self'> {
    const { term, replica } = this.reign;
    return {
      term,
      leader: replica,
      replicas: this.rollCall.view((at) => this.reign.storeTime(at)),
    };
  }

  /** With the replica that executes it. */
  private placed(run: RunView): RunView {
    const replica = run.status === 'running' ? this.rollCall.executorOf(run.id) : undefined;
    return replica === undefined ? run : { ...run, replica };
  }

  private awaitRun(waiter: string, awaited: string): Promise<unknown> {
    const { scheduler, endings } = this.reign;
    const run = scheduler.viewRun(awaited);
    const isOver = run === undefined || run.endedAt !== undefined;
    // Nothing would end such a wait.
    if (isOver || scheduler.viewRun(waiter)?.status !== 'running') return Promise.resolve();
    const ending = endings.of(awaited);
    const wait = endings.waitInside(waiter, awaited, ending, () => {
      scheduler.stopAwaitingRun(waiter, awaited);
    });
    this.reign.act((now) => {
      scheduler.awaitRun(waiter, awaited, now);
    });
    return wait;
  }

  private async serve(job: CommandJobOf): Promise<Answer> {
    const { leaseMs } = this;
    let giveBack: () => void = () => undefined;
    const isGivenBack = new Promise<undefined>((resolve) => {
      giveBack = (): void => {
        resolve(undefined);
      };
    });
    this.lasting.add(giveBack);
    let answer = this.refusal(job);
    while (answer === undefined && !this.isClosed) {
      answer = await Promise.race([isGivenBack, this.answer(job)]);
      // Its lease may be renewed yet; and before this desk is closed, what goes back comes here again at once.
      if (answer === undefined)
        await within(leaseMs / 3, 'leading', isGivenBack).catch(() => undefined);
    }
    this.lasting.delete(giveBack);
    if (answer !== undefined) return answer;
    await job.moveToWait(job.token).catch(() => undefined);
    throw new WaitingError();
  }

  /** Of what came too late: whoever asked was told that it failed. A trigger that was taken up before may be accepted. */
  private refusal({ id = '', data, attemptsStarted }: CommandJobOf): Answer | undefined {
    const { expiresAt, type } = data;
    const isNew = type !== 'trigger' || attemptsStarted <= 1;
    if (!isNew || expiresAt === undefined || !this.reign.isPast(expiresAt)) return undefined;
    // Should the store not take that, it is served again.
    if (type === 'trigger') this.noteRevoked(id);
    return { error: imageOfError(new EngineUnavailableError('it came too late')) };
  }

  /** `undefined` where this replica does not lead now, so that another one may have to give it. */
  private async answer(job: CommandJobOf): Promise<Answer | undefined> {
    const { id = '', data } = job;
    try {
      if (data.type !== 'trigger' && data.type !== 'follow') {
        return { value: packed(await this.obey(data)) };
      }
      // Of one that another trigger has become meanwhile, the run goes on.
      if (this.revoked.has(id) && !this.reign.accepted.isAwaited(id)) {
        throw new EngineUnavailableError(NOT_TAKEN);
      }
      if (this.hasEndedBefore(id)) return this.ended.get(id);
      if (data.type === 'follow') return { value: await this.follow(id).ending.wait() };
      const { runId, ending } = this.trigger(id, data);
      // Whoever leads next has to know, though that run may have ended by then.
      if (runId !== runIdOf(job)) {
        await job.updateProgress({ joined: runId }).catch(() => undefined);
      }
      if (!this.isClosed && !this.own.has(id))
        this.reign.say({ type: 'accepted', command: id, runId });
      return { value: await ending.wait() };
    } catch (error) {
      return this.reign.leads ? { error: imageOfError(error) } : undefined;
    }
  }

  /** @throws EngineUnavailableError where it is over, and nobody remembers how */
  private follow(runId: string): AcceptedTrigger {
    const { scheduler, accepted } = this.reign;
    const known = accepted.get(runId);
    if (known !== undefined) return known;
    const run = scheduler.viewRun(runId);
    if (run === undefined || run.endedAt !== undefined) {
      throw new EngineUnavailableError(`nobody remembers how run ${runId} has ended`);
    }
    return accepted.add(runId);
  }

  /** Its run has ended, but the leader of that time could not say so. */
  private hasEndedBefore(runId: string): boolean {
    const { scheduler, accepted } = this.reign;
    if (accepted.has(runId)) return false;
    const run = scheduler.viewRun(runId);
    return this.ended.has(runId) && (run === undefined || run.endedAt !== undefined);
  }
}
