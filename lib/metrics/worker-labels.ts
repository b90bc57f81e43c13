/** What workers beyond the cap are counted under. No worker can be called so. */
export const OTHER_WORKERS = '(other)';

export const DEFAULT_CAP = 200;

/** The values of the one label that comes from the application: bounded, whatever it registers. */
export class WorkerLabels {
  private readonly named = new Set<string>();
  private isFull = false;

  /**
   * @param onFull called once, when the first worker finds no label of its own
   * @throws RangeError where the cap is no whole number from 1
   */
  constructor(
    private readonly cap: number = DEFAULT_CAP,
    private readonly onFull: (cap: number) => void = () => undefined,
  ) {
    if (Number.isInteger(cap) && cap >= 1) return;
    throw new RangeError(`maxWorkerLabels must be a whole number from 1; it was given ${cap}.`);
  }

  /** The first that are asked for keep their names for as long as the process lives. */
  labelOf(worker: string): string {
    if (this.named.has(worker)) return worker;
    if (this.named.size < this.cap) {
      this.named.add(worker);
      return worker;
    }
    if (!this.isFull) {
      this.isFull = true;
      this.onFull(this.cap);
    }
    return OTHER_WORKERS;
  }
}
