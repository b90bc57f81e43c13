/** One thing that is wrong with a declaration, said so that a tired person can mend it. @publicApi */
export interface DefinitionProblem {
  /** Where it was declared, for example `ReportsService.nightly` or `registerWorker("sync")`. */
  readonly place: string;
  /** The name the worker goes by, where it has a usable one. */
  readonly worker?: string;
  /** The option that is wrong. */
  readonly option: string;
  /** The offending value, as text. */
  readonly value: string;
  /** What to do. */
  readonly remedy: string;
}

export function describeProblem(problem: DefinitionProblem): string {
  const { place, worker, option, value, remedy } = problem;
  const who = worker === undefined || names(place, worker) ? place : `"${worker}", ${place}`;
  return `${who}: ${option} = ${value} – ${remedy}`;
}

/** Not merely within another name: `DataWorkers.fetch` does not name a worker "data", or "fetch". */
function names(place: string, worker: string): boolean {
  return (
    place === worker || place.startsWith(`${worker} (`) || place.includes(JSON.stringify(worker))
  );
}

const LONGEST_TEXT = 80;

/** Never calls into the value: it may be hostile. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(
        value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value,
      );
    case 'bigint':
      return `${String(value)}n`;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'symbol':
      return 'a symbol';
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : 'an object';
  }
}
