import { closest, distance } from 'fastest-levenshtein';
import { parseDuration } from '../duration.js';
import { describeValue, type DefinitionProblem } from './problem.js';

/** Reads options one by one, and collects what is wrong instead of throwing at the first. */
export class OptionReader<Options extends object> {
  readonly problems: DefinitionProblem[] = [];

  private readonly origin: { readonly place: string; readonly worker?: string };

  /** @param known the options that are ever read, which it adds to; where there are many readers, they share it */
  constructor(
    private readonly options: Options,
    place: string,
    worker: string | undefined,
    private readonly known = new Set<string>(),
  ) {
    this.origin = { place, ...(worker !== undefined && { worker }) };
  }

  reject(option: string, value: unknown, remedy: string): void {
    this.problems.push({ ...this.origin, option, value: describeValue(value), remedy });
  }

  has(option: keyof Options & string): boolean {
    return this.read(option) !== undefined;
  }

  read(option: keyof Options & string): unknown {
    this.known.add(option);
    return this.options[option];
  }

  duration(option: keyof Options & string, atLeastMs: number, orElse = ''): number | undefined {
    const value = this.read(option);
    if (value === undefined) return undefined;
    const milliseconds = parseDuration(value);
    if (milliseconds !== undefined && milliseconds >= atLeastMs) return milliseconds;
    this.reject(
      option,
      value,
      `use a whole number of milliseconds, at least ${String(atLeastMs)}, or text such as '30s', '5m', '1h', '2d'${orElse}`,
    );
    return undefined;
  }

  durationOrFalse(option: keyof Options & string): number | false | undefined {
    return this.read(option) === false ? false : this.duration(option, 1, '; or false for none');
  }

  count(option: keyof Options & string, atLeast: number): number | undefined {
    const value = this.read(option);
    if (value === undefined) return undefined;
    if (Number.isSafeInteger(value) && (value as number) >= atLeast) return value as number;
    this.reject(option, value, `use a whole number, at least ${String(atLeast)}`);
    return undefined;
  }

  flag(option: keyof Options & string): boolean | undefined {
    return this.valid(
      option,
      (value): value is boolean => typeof value === 'boolean',
      'use true or false',
    );
  }

  oneOf<const T extends string | number>(
    option: keyof Options & string,
    allowed: readonly T[],
  ): T | undefined {
    const value = this.read(option);
    if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
    const names = allowed.map((each) => describeValue(each)).join(', ');
    this.reject(option, value, `use one of ${names}`);
    return undefined;
  }

  list(
    option: keyof Options & string,
    accepts: (entry: unknown) => boolean,
    remedy: string,
  ): readonly unknown[] {
    const value = this.read(option);
    if (value === undefined) return [];
    const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
    const wrong = entries.filter((entry) => !accepts(entry));
    for (const entry of wrong) this.reject(option, entry, remedy);
    return wrong.length > 0 ? [] : entries;
  }

  valid<T>(
    option: keyof Options & string,
    accepts: (value: unknown) => value is T,
    remedy: string,
  ): T | undefined {
    const value = this.read(option);
    if (value === undefined || accepts(value)) return value;
    this.reject(option, value, remedy);
    return undefined;
  }

  /** Takes over what an {@link OptionReader} of a nested object found. */
  adopt(option: string, problems: readonly DefinitionProblem[]): void {
    for (const { option: inner, value, remedy } of problems) {
      this.problems.push({ ...this.origin, option: `${option}.${inner}`, value, remedy });
    }
  }

  /** Call last: every option that is never read is unknown. */
  rejectUnknown(): void {
    for (const option of Object.keys(this.options)) {
      if (this.known.has(option)) continue;
      const nearest = closest(option, [...this.known]);
      const remedy =
        distance(option, nearest) <= 3 ? `did you mean "${nearest}"?` : 'there is no such option';
      this.reject(option, this.options[option as keyof Options], remedy);
    }
  }
}
