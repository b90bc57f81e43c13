import type {
  Explanation,
  FailureSummary,
  OrchestratorStatus,
  RunView,
  RunWait,
  WorkerView,
} from '../index.js';
import { redact } from '../redact.js';
import type { OrchestratorAdminBehaviour } from './admin-options.js';
import type {
  AdminExplanation,
  AdminFailure,
  AdminOrchestrator,
  AdminRun,
  AdminStatus,
  AdminWorker,
  AsJson,
} from './answers.js';
import { boundMethod } from './bound-method.js';

type Wait = Omit<RunWait, 'until'>;

const HIDDEN = 'unavailable';
/** Where the application cannot say what may be shown of a text. */
const WITHHELD = '…';

/** What is shown of what is known. Payloads and results are in none of it. */
export class Shown {
  private readonly showErrors: boolean;
  private readonly ownRedact: (text: string) => unknown;

  constructor(options: OrchestratorAdminBehaviour) {
    this.showErrors = options.showErrors ?? false;
    this.ownRedact = boundMethod(options, options.redact) ?? ((text) => text);
  }

  status({ workerStates, ...status }: OrchestratorStatus): AdminStatus {
    return {
      ...this.orchestrator(status),
      workerStates: workerStates.map((worker) => this.worker(worker)),
    };
  }

  orchestrator({
    engineProblem,
    ...orchestrator
  }: Omit<OrchestratorStatus, 'workerStates'>): AdminOrchestrator {
    return asJson({
      ...orchestrator,
      ...(engineProblem !== undefined && {
        engineProblem: this.errorText(engineProblem) ?? HIDDEN,
      }),
    });
  }

  worker({ lastRun, lastError, waitingFor, disabledReason, ...worker }: WorkerView): AdminWorker {
    return asJson({
      ...worker,
      ...(lastRun !== undefined && { lastRun: this.run(lastRun) }),
      ...(lastError !== undefined && { lastError: this.failure(lastError) }),
      ...(waitingFor !== undefined && { waitingFor: this.wait(waitingFor) }),
      ...(disabledReason !== undefined && { disabledReason: this.text(disabledReason) }),
    });
  }

  run({ error, why, progress, waits, ...run }: RunView): AdminRun {
    // What a worker says when it skips its run is as much its own as what it throws.
    const isItsOwn = run.skipReason === 'SKIPPED_BY_WORKER';
    const shownWhy =
      why === undefined ? undefined : isItsOwn ? this.errorText(why) : this.text(why);
    return asJson({
      ...run,
      ...(error !== undefined && { error: this.failure(error) }),
      ...(shownWhy !== undefined && { why: shownWhy }),
      ...(progress !== undefined && {
        progress: {
          ...progress,
          ...(progress.message !== undefined && { message: this.text(progress.message) }),
        },
      }),
      waits: waits.map((wait) => this.wait(wait)),
    });
  }

  explanation({
    summary,
    reasons,
    binding,
    run,
    past,
    skipped,
    ...rest
  }: Explanation): AdminExplanation {
    return asJson({
      ...rest,
      summary: binding === undefined ? summary : this.summary(summary, binding),
      reasons: reasons.map((reason) => this.wait(reason)),
      ...(binding !== undefined && { binding: this.wait(binding) }),
      ...(run !== undefined && { run: this.run(run) }),
      past: past.map((each) => this.run(each)),
      skipped: skipped.map(({ why, ...skip }) => {
        const shownWhy = why === undefined ? undefined : this.errorText(why);
        return { ...skip, ...(shownWhy !== undefined && { why: shownWhy }) };
      }),
    });
  }

  private wait<Given extends Wait>({
    detail,
    ...wait
  }: Given): Omit<Given, 'detail'> & { detail?: string } {
    const shown = this.detail(wait.reason, detail);
    return { ...wait, ...(shown !== undefined && { detail: shown }) };
  }

  private detail(reason: Wait['reason'], detail: string | undefined): string | undefined {
    if (detail === undefined) return undefined;
    return reason === 'ENGINE_UNAVAILABLE' ? this.errorText(detail) : this.text(detail);
  }

  /** The sentence quotes the detail of what binds. */
  private summary(summary: string, { reason, detail }: Wait): string {
    if (detail === undefined) return summary;
    const shown = this.detail(reason, detail);
    return summary.replace(` (${detail})`, () => (shown === undefined ? '' : ` (${shown})`));
  }

  private failure({ name, ...rest }: FailureSummary): AdminFailure {
    if (!this.showErrors) return { name: this.text(name) };
    const { message, code } = rest;
    return {
      name: this.text(name),
      message: this.text(message),
      ...(code !== undefined && { code: this.text(code) }),
    };
  }

  private errorText(text: string): string | undefined {
    return this.showErrors ? this.text(text) : undefined;
  }

  private text(text: string): string {
    try {
      const shown = this.ownRedact(redact(text));
      return typeof shown === 'string' ? shown : WITHHELD;
    } catch {
      return WITHHELD;
    }
  }
}

/** `JSON.stringify` makes texts of the instants. */
function asJson<Value>(value: Value): AsJson<Value> {
  return value as AsJson<Value>;
}
