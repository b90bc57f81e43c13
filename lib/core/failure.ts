/** What was thrown, as bounded text: safe to store, log and send. @publicApi */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
}

/** A failure without its stack, which shows paths of the machine. @publicApi */
export type FailureSummary = Omit<Failure, 'stack'>;

export function summaryOf({ stack: _stack, ...summary }: Failure): FailureSummary {
  return summary;
}
