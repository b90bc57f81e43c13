const STORE_PROTOCOLS = new Set([
  'redis:',
  'rediss:',
  'valkey:',
  'valkeys:',
  'postgres:',
  'postgresql:',
]);

/** Reads settings from the environment, and collects everything that is wrong with them. */
export class EnvironmentReader {
  private readonly problems: string[] = [];

  constructor(private readonly environment: NodeJS.ProcessEnv) {}

  text(name: string): string | undefined {
    const value = this.environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  wholeNumber(name: string, { from, to, otherwise }: Range): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= from && number <= to) return number;
    this.reject(name, `a whole number from ${from} to ${to}`);
    return otherwise;
  }

  urls(name: string): string[] {
    const texts = this.text(name)?.split(/[\s,]+/) ?? [];
    return texts.filter((text) => text !== '').flatMap((text) => this.readUrl(name, text) ?? []);
  }

  storeUrl(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    // It may hold a password: it is neither shown nor parsed into anything that is.
    if (URL.canParse(text) && STORE_PROTOCOLS.has(new URL(text).protocol)) return text;
    this.reject(name, 'a URL such as redis://localhost:6379');
    return undefined;
  }

  jsonObject(name: string): Record<string, object> {
    const text = this.text(name);
    if (text === undefined) return {};
    const value = parseJson(text);
    if (isObject(value) && Object.values(value).every(isObject)) {
      return value as Record<string, object>;
    }
    this.reject(name, 'JSON such as {"roll-up":{"interval":"10s"}}');
    return {};
  }

  /** @throws EnvironmentError */
  finish(): void {
    if (this.problems.length > 0) throw new EnvironmentError(this.problems);
  }

  private readUrl(name: string, text: string): string | undefined {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
    if (isHttp && url.username === '' && url.password === '') return url.href;
    this.reject(name, 'http(s) URLs without a password, separated by commas');
    return undefined;
  }

  private reject(name: string, rule: string): void {
    this.problems.push(`${name} must be ${rule}.`);
  }
}

export class EnvironmentError extends Error {
  constructor(problems: readonly string[]) {
    super(['The environment is wrong:', ...problems.map((problem) => `  - ${problem}`)].join('\n'));
  }
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly otherwise: number;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
