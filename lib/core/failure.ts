/** What was thrown, as bounded text: safe to store, log and send. @publicApi */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
}
