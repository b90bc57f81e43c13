import type { OrchestratorService, RunHandle } from '../index.js';
import { Patience } from './patience.js';
import type { RehearsedOrchestration } from './rehearsed-orchestration.js';
import { elapsed } from './timeline.js';

/** The way of one run through time, to its end or to where that leads nowhere. */
export class Passage {
  private readonly standing: Patience;
  private readonly passing: Patience;
  private readonly beganAt: number;

  constructor(
    private readonly orchestration: RehearsedOrchestration,
    private readonly orchestrator: OrchestratorService,
    private readonly run: RunHandle,
  ) {
    this.standing = new Patience(orchestration.patienceMs);
    this.passing = new Patience(orchestration.patienceMs);
    this.beganAt = orchestration.clock.now();
  }

  async finished(): Promise<void> {
    const { clock, realWork } = this.orchestration;
    realWork.inHand.add(this.run.id);
    try {
      await clock.advanceUntil(this.run.finished(), () => this.mayPass());
    } finally {
      realWork.inHand.delete(this.run.id);
    }
  }

  private async mayPass(): Promise<boolean> {
    const atRealWork = await this.workersAtRealWork();
    if (atRealWork.length > 0) {
      this.standing.spend();
      if (this.standing.isSpent) this.giveUpStanding(atRealWork);
      return false;
    }
    this.standing.renew();
    this.passing.spend();
    if (this.passing.isSpent) await this.giveUpPassing();
    await this.assertMoreIsToCome();
    return true;
  }

  /** Those whose doings the runs in hand wait for, or may wait for: a run that is held back, for any. */
  private async workersAtRealWork(): Promise<string[]> {
    const { realWork, timeline } = this.orchestration;
    const needed = realWork.needed();
    const atRealWork = timeline.open.filter(({ runId }) => realWork.isDoneBy(runId));
    const isHeldBack =
      atRealWork.length > 0 &&
      (await Promise.all([...needed].map((id) => this.isHeldBack(id)))).includes(true);
    return atRealWork
      .filter(({ runId }) => isHeldBack || needed.has(runId))
      .map(({ worker }) => `"${worker}"`);
  }

  private async isHeldBack(runId: string): Promise<boolean> {
    const run = await this.orchestrator.getRun(runId);
    return run?.waits.some(({ until }) => until === undefined) === true;
  }

  /** Time alone does not help a run for which nobody else has to do anything. */
  private async assertMoreIsToCome(): Promise<void> {
    const { timeline, clock } = this.orchestration;
    if (timeline.open.length > 0 || clock.isWaitedOn) return;
    const names = this.orchestrator.getGraph().nodes.map(({ name }) => name);
    const explanations = await Promise.all(names.map((name) => this.orchestrator.explain(name)));
    if (explanations.some(({ earliestStartAt }) => earliestStartAt !== undefined)) return;
    throw new Error(`The run cannot start. ${await this.reason()}`);
  }

  private giveUpStanding(workers: readonly string[]): never {
    const { patienceMs, timeline } = this.orchestration;
    throw new Error(
      [
        `Time has stood still for ${elapsed(patienceMs)}, because ${workers.join(', ')} awaits something real: ` +
          'neither kit.clock.wait() nor the end of another run.',
        "Give it a stand-in; one that is to time out: (signal) => kit.clock.wait('1h', { signal }). If it takes that " +
          'long, raise `patience`. If it comes only with time, call triggerWorker() and kit.clock.advance() instead of ' +
          'kit.run().',
        String(timeline),
      ].join('\n\n'),
    );
  }

  private async giveUpPassing(): Promise<never> {
    const { clock, patienceMs, timeline } = this.orchestration;
    const passed = elapsed(clock.now() - this.beganAt);
    throw new Error(
      [
        `The run has not ended, although ${passed} of virtual time have passed in ${elapsed(patienceMs)}. ` +
          (await this.reason()),
        'If it needs more, raise `patience`, or call triggerWorker() and kit.clock.advance() instead of kit.run().',
        String(timeline),
      ].join('\n\n'),
    );
  }

  private async reason(): Promise<string> {
    const { summary } = await this.orchestrator.explain(this.run.worker);
    if (this.orchestration.areSchedulesAsked) return summary;
    return (
      `${summary} Schedules are off: let what it waits for run first, by kit.run(), or await ` +
      'kit.startSchedules().'
    );
  }
}
