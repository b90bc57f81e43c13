import type { TriggerRequest } from '../core/life-cycle/trigger-run.js';
import type { Discovery } from '../discovery/discovered.js';
import type { DrainReport } from '../engine/drain-report.js';
import type { AcceptedRun, StartReach } from '../engine/engine.js';
import type { RunContext } from '../execution/run-context.js';
import { inProcess } from '../index.js';
import { Orchestration } from '../orchestration.js';
import type { OrchestratorOptions } from '../orchestrator-options.js';
import type { DeclaredWorker } from '../worker-registry.js';
import { RealWork } from './real-work.js';
import { seededRandom } from './seeded-random.js';
import type { OrchestratorTestingOptions } from './testing-options.js';
import { Timeline } from './timeline.js';
import { milliseconds, VirtualClock } from './virtual-clock.js';

const MOST_TURNS_LATE = 3;
/** What real I/O gets to end in, before time runs out for it when the application closes. */
const TURNS_TO_STOP_IN = 1_000;

/** An orchestration in virtual time that is watched from its first event on. */
export class RehearsedOrchestration extends Orchestration {
  readonly timeline: Timeline;
  readonly clock: VirtualClock;
  readonly realWork: RealWork;
  readonly patienceMs: number;
  areSchedulesAsked: boolean;
  private readonly lateness: (() => number) | undefined;

  constructor(
    options: OrchestratorOptions | undefined,
    {
      schedules = false,
      engine = inProcess(),
      patience = '4s',
      ...time
    }: OrchestratorTestingOptions,
  ) {
    const patienceMs = milliseconds(patience);
    const clock = new VirtualClock(time);
    const random = seededRandom(time.seed ?? 0);
    // What is no object is refused by the boot, as without a test.
    const isObject = typeof options === 'object' && (options as object | null) !== null;
    const autoStart = schedules || 'triggers';
    super(isObject ? { ...options, engine, clock, random, autoStart } : options);
    this.areSchedulesAsked = schedules;
    this.clock = clock;
    this.timeline = new Timeline(clock);
    this.realWork = new RealWork(this.timeline, clock);
    this.patienceMs = patienceMs;
    this.lateness = time.seed === undefined ? undefined : seededRandom(~time.seed);
    this.stream.events.subscribe((event) => {
      this.timeline.record(event);
    });
    clock.onTurn = () => {
      this.assertTimeGoesOn();
    };
  }

  override async start(reach: StartReach = 'everything'): Promise<void> {
    if (reach === 'everything') this.areSchedulesAsked = true;
    await super.start(reach);
  }

  override async trigger(name: string, request: TriggerRequest): Promise<AcceptedRun> {
    return this.realWork.overhear(await super.trigger(name, request));
  }

  override boot(discovery: Discovery): Promise<void> {
    const workers = discovery.workers.map((worker) => ({
      ...worker,
      call: this.watched(worker.call),
    }));
    return super.boot({ ...discovery, workers });
  }

  override register(declared: DeclaredWorker): Promise<void> {
    return super.register({ ...declared, call: this.watched(declared.call) });
  }

  /** Nobody else lets time pass for what it waits for, as when the application closes. */
  override async stop(): Promise<DrainReport> {
    const report = super.stop();
    this.clock.onTurn = undefined;
    let turns = 0;
    await this.clock.advanceUntil(report, () => {
      // A body may be at work, or the store.
      const mayPass = this.clock.isWaitedOn || turns === TURNS_TO_STOP_IN;
      turns = mayPass ? 0 : turns + 1;
      return Promise.resolve(mayPass);
    });
    this.clock.forsakeWaits();
    return report;
  }

  private assertTimeGoesOn(): void {
    const worker = this.timeline.restless;
    if (worker === undefined) return;
    throw new Error(
      `Time cannot go on: "${worker}" runs for ever at ${this.timeline.since(this.clock.now())}. A CONTINUOUS worker ` +
        'whose body takes no time? Let what its body calls wait on the clock (a stand-in that does: () => ' +
        `kit.clock.wait('1s')), or switch it off for this test: disableWorker('${worker}').`,
    );
  }

  private watched(call: DeclaredWorker['call']): DeclaredWorker['call'] {
    // What is no function is refused by whom it is passed on to.
    if (typeof call !== 'function') return call;
    return (run: RunContext) => {
      const body = call(run);
      if (!(body instanceof Promise)) return body;
      this.realWork.attend(run, body);
      return this.lateness === undefined ? body : body.finally(() => this.holdBack());
    };
  }

  /** With a seed, bodies that end at the same instant are seen to end in an order of chance. */
  private async holdBack(): Promise<void> {
    const turns = Math.floor((this.lateness?.() ?? 0) * (MOST_TURNS_LATE + 1));
    for (let turn = 0; turn < turns; turn++) {
      await new Promise<void>((resolve) => {
        this.clock.defer(resolve);
      });
    }
  }
}
