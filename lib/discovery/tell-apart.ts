import type { Host } from './host.js';
import { describeToken } from './host-scan.js';

/** How many hosts read alike: counted once, as there may be thousands. */
export interface Namesakes {
  readonly byClass: ReadonlyMap<string, number>;
  readonly byClassAndModule: ReadonlyMap<string, number>;
}

export function countNamesakes(hosts: ReadonlySet<Host>): Namesakes {
  const byClass = new Map<string, number>();
  const byClassAndModule = new Map<string, number>();
  for (const host of hosts) {
    count(byClass, host.className);
    count(byClassAndModule, classAndModule(host));
  }
  return { byClass, byClassAndModule };
}

/** What to add to `Class.method` where two hosts would read alike: the module's name, and the token if need be. */
export function tellApart(host: Host, { byClass, byClassAndModule }: Namesakes): string {
  if (byClass.get(host.className) === 1) return '';
  const { name } = host.module;
  if (byClassAndModule.get(classAndModule(host)) === 1) return ` (${name})`;
  return ` (${name}, ${describeToken(host.wrapper)})`;
}

function classAndModule({ className, module }: Host): string {
  return `${className} (${module.name})`;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
