import type { Logger } from '@nestjs/common';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { InternalCoreModule } from '@nestjs/core/injector/internal-core-module/internal-core-module.js';
import { readHost, type Host } from './host.js';

/**
 * The hosts among providers and controllers, each instance once: one that is given under several tokens (by `useFactory`
 * or `useValue`, since aliases are passed over) counts where its class is provided, else where it comes first.
 *
 * What cannot be looked into is logged with its token.
 */
export function scanHosts(wrappers: Iterable<InstanceWrapper>, logger: Logger): readonly Host[] {
  const hosts: Host[] = [];
  const unreadable: string[] = [];
  for (const wrapper of wrappers) {
    const module = wrapper.host;
    if (module === undefined || module.metatype === InternalCoreModule) continue;
    const reading = readHost(module, wrapper);
    if (reading === 'none') continue;
    if ('host' in reading) hosts.push(reading.host);
    else unreadable.push(`${describeToken(wrapper)} of ${module.name} (${reading.unreadable})`);
  }
  if (unreadable.length > 0) {
    logger.debug(`Not searched for workers: ${unreadable.join(', ')}.`);
  }
  return onePerInstance(hosts);
}

export function describeToken({ token }: InstanceWrapper): string {
  return typeof token === 'function' ? token.name : String(token);
}

function onePerInstance(hosts: readonly Host[]): readonly Host[] {
  const byInstance = new Map<object, Host>();
  for (const host of hosts) {
    if (host.instance === undefined) continue;
    const other = byInstance.get(host.instance);
    if (other === undefined || (other.wrapper.isNotMetatype && !host.wrapper.isNotMetatype)) {
      byInstance.set(host.instance, host);
    }
  }
  return hosts.filter(
    (host) => host.instance === undefined || byInstance.get(host.instance) === host,
  );
}
