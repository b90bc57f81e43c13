/** @publicApi */
export interface OrchestratorHealthOptions {
  /**
   * Whether the last error of a failing worker is shown: one line, at most 300 characters, without what looks like a
   * secret. Whoever may call the route reads it.
   *
   * @default false
   */
  readonly showErrors?: boolean;
}
