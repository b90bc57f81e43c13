/** What one contender measured, by the name of the figure with its unit. */
export type Measures = Readonly<Record<string, number>>;

/** One way to do the work. Runs in a process of its own, so it imports what it needs itself. */
export interface Contender<Size> {
  readonly name: string;
  /** What makes the comparison unfair, and to whom. */
  readonly remark?: string;
  measure(size: Size): Promise<Measures>;
}

/** What a figure of a contender must reach. */
export interface Target {
  readonly says: string;
  readonly contender: string;
  readonly figure: string;
  /** Whether it is about the ratio to the reference, not about the figure itself. */
  readonly isRatio: boolean;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** `tiny` is to see that it works; its figures mean nothing. */
export type Scale = 'full' | 'tiny';

interface Plan<Size> {
  readonly name: string;
  readonly asks: string;
  readonly sizes: Readonly<Record<Scale, Size>>;
  /** Where more rounds would take too long. */
  readonly mostRounds?: number;
  /** The contender that ratios refer to. */
  readonly reference: string;
  /** The figure that ratios are made of. */
  readonly ratioOf: string;
  readonly contenders: readonly Contender<Size>[];
  readonly targets: readonly Target[];
}

/** A plan whose sizes are nobody's business but its own. */
export type Question = Omit<Plan<Scale>, 'sizes'>;

export const OURS = 'nestjs-orchestrator';

export function question<Size>({ sizes, ...plan }: Plan<Size>): Question {
  const contenders = plan.contenders.map((contender) => ({
    ...contender,
    measure: (scale: Scale) => contender.measure(sizes[scale]),
  }));
  return { ...plan, contenders };
}

export function contenderOf({ name, contenders }: Question, wanted: string): Contender<Scale> {
  const found = contenders.find((contender) => contender.name === wanted);
  if (found === undefined) throw new Error(`"${name}" has no contender "${wanted}".`);
  return found;
}
