/** What a scrape gives, read. */
export interface Exposition {
  readonly text: string;
  readonly samples: ReadonlyMap<string, number>;
  readonly helps: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, string>;
}

/** Reads Prometheus text; refuses what is none. */
export function readExposition(text: string): Exposition {
  const samples = new Map<string, number>();
  const helps = new Map<string, string>();
  const types = new Map<string, string>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const comment = /^# (HELP|TYPE) (\w+) (.+)$/.exec(line);
    if (comment !== null) {
      (comment[1] === 'HELP' ? helps : types).set(comment[2]!, comment[3]!);
      continue;
    }
    const sample = /^(\w+(?:\{\w+="(?:[^"\\]|\\.)*"(?:,\w+="(?:[^"\\]|\\.)*")*\})?) (\S+)$/.exec(
      line,
    );
    if (sample === null || Number.isNaN(Number(sample[2]))) throw new Error(`No sample: ${line}`);
    if (samples.has(sample[1]!)) throw new Error(`Twice: ${line}`);
    samples.set(sample[1]!, Number(sample[2]));
  }
  return { text, samples, helps, types };
}

/** The values of one metric, by their labels as text, without those that are 0. */
export function valuesOf({ samples }: Exposition, name: string): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [series, value] of samples) {
    const [, labels = ''] = new RegExp(`^${name}(?:\\{(.*)\\})?$`).exec(series) ?? [];
    if (series.startsWith(name) && /^[{]?$/.test(series.charAt(name.length)) && value !== 0) {
      values[labels.replaceAll('"', '')] = value;
    }
  }
  return values;
}
