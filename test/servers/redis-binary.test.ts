import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findRedis } from '../support/servers/redis-binary.js';
import { temporaryFolder } from '../support/temporary-folder.js';

function folderWith(name: string, mode: number): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, name), '');
  chmodSync(join(folder, name), mode);
  return folder;
}

describe('The Redis binary', () => {
  it.each(['redis-server', 'valkey-server'])('is %s, wherever there is one', (name) => {
    const folder = folderWith(name, 0o755);
    expect(findRedis([temporaryFolder(), folder])).toBe(join(folder, name));
  });

  it('is none that cannot be executed', () => {
    expect(findRedis([folderWith('redis-server', 0o644)])).toBeUndefined();
  });
});
