import { findExecutable } from '../find-executable.js';
import { installFromDebian } from '../install-from-debian.js';

const NAMES = ['redis-server', 'valkey-server'];

/**
 * The server binary of Redis or Valkey. Installs Debian's where there is none and this may be done.
 *
 * @throws Error that says what to do, otherwise
 */
export function redisBinary(): string {
  const found = findRedis() ?? (installFromDebian('redis-server') ? findRedis() : undefined);
  if (found !== undefined) return found;
  throw new Error(
    'These tests need a Redis or Valkey server, and there is no redis-server or valkey-server on this machine. ' +
      'Install one (Debian: `apt-get install redis-server`; macOS: `brew install redis`), ' +
      'or set REDIS_URL to a server that may be filled and emptied; ' +
      'tests that kill and restart a server need the binary in any case.',
  );
}

/** @param folders where to look, in order */
export function findRedis(folders?: readonly string[]): string | undefined {
  return findExecutable(NAMES, folders);
}
