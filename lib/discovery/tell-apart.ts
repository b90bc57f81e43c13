import type { Host } from './host.js';
import { describeToken } from './host-scan.js';

/** Hosts that may read alike. */
export type HostsByClass = ReadonlyMap<string, ReadonlySet<Host>>;

export function byClass(hosts: Iterable<Host>): HostsByClass {
  const found = new Map<string, Set<Host>>();
  for (const host of hosts) {
    const alike = found.get(host.className) ?? new Set();
    found.set(host.className, alike.add(host));
  }
  return found;
}

/** What to add to `Class.method` where two hosts would read alike: the module's name, and the token if need be. */
export function tellApart(host: Host, hosts: HostsByClass): string {
  const { className, module } = host;
  const alike = [...(hosts.get(className) ?? [])];
  if (alike.length === 1) return '';
  const neighbours = alike.filter((other) => other.module.name === module.name);
  if (neighbours.length === 1) return ` (${module.name})`;
  return ` (${module.name}, ${describeToken(host.wrapper)})`;
}
