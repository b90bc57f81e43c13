import type { RunContext } from 'nestjs-orchestrator';

/** Runs of a worker that go on until the test says how they end. */
export class HeldRuns {
  private readonly current = new Set<HeldRun>();

  readonly body = (context: RunContext): Promise<void> =>
    new Promise((resolve, reject) => {
      const run = { context, resolve, reject };
      this.current.add(run);
      context.signal.addEventListener('abort', () => reject(context.signal.reason as Error));
    });

  release(): void {
    for (const { resolve } of this.current) resolve();
    this.current.clear();
  }

  fail(error: unknown): void {
    for (const { reject } of this.current) reject(error);
    this.current.clear();
  }

  report(fraction: number, message: string): void {
    for (const { context } of this.current) context.progress(fraction, message);
  }

  /** What the runs were given. */
  get payloads(): unknown[] {
    return [...this.current].map(({ context }) => context.payload);
  }
}

interface HeldRun {
  readonly context: RunContext;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}
