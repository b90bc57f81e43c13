import type { Host } from './host.js';
import { describeToken } from './host-scan.js';

/** What to add to `Class.method` where two hosts would read alike: the module's name, and the token if need be. */
export function tellApart(host: Host, hosts: Iterable<Host>): string {
  const { className, module } = host;
  const alike = [...hosts].filter((other) => other.className === className);
  if (alike.length === 1) return '';
  const neighbours = alike.filter((other) => other.module.name === module.name);
  if (neighbours.length === 1) return ` (${module.name})`;
  return ` (${module.name}, ${describeToken(host.wrapper)})`;
}
