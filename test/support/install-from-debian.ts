import { spawnSync } from 'node:child_process';

/** @returns whether it is installed now; only root may try, and only where there is `apt-get` */
export function installFromDebian(packageName: string): boolean {
  if (process.getuid?.() !== 0) return false;
  return aptGet('update') && aptGet('install', '--no-install-recommends', packageName);
}

function aptGet(...args: string[]): boolean {
  const { status } = spawnSync('apt-get', ['-qq', '-y', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0;
}
