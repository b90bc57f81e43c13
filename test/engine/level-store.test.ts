import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { OptionsError, type StateStore, type WorkerMemory } from 'nestjs-orchestrator';
import { levelStore } from 'nestjs-orchestrator/level';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

function memoryOf(worker: string, consecutiveFailures = 0): WorkerMemory {
  return { worker, schedule: 'triggered', consecutiveFailures };
}

describe('the LevelDB store', () => {
  let path: string;
  const open: StateStore[] = [];

  function store(): StateStore {
    const created = levelStore({ path });
    open.push(created);
    return created;
  }

  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'orchestrator-')), 'state');
  });

  afterEach(async () => {
    for (const each of open.splice(0)) await each.close?.();
    await rm(path, { recursive: true, force: true });
  });

  it('begins empty, making its folder', async () => {
    expect(await store().load()).toEqual([]);
  });

  it('gives back the newest memory of each worker, whatever its name', async () => {
    const first = store();
    await first.load();
    await first.save([memoryOf('a', 1), memoryOf('__proto__'), memoryOf('报告')], []);
    await first.save([memoryOf('a', 2)], []);
    await first.close?.();

    const memories = await store().load();

    expect(memories).toHaveLength(3);
    expect(memories).toEqual(
      expect.arrayContaining([memoryOf('a', 2), memoryOf('__proto__'), memoryOf('报告')]),
    );
  });

  it('keeps nothing of workers that are to be forgotten', async () => {
    const first = store();
    await first.load();
    await first.save([memoryOf('a'), memoryOf('b'), memoryOf('c')], []);
    await first.save([memoryOf('c', 2)], ['a', 'never-known']);
    await first.close?.();

    expect(await store().load()).toEqual([memoryOf('b'), memoryOf('c', 2)]);
  });

  it.each([[undefined], [null], [{}], [{ path: '' }], [{ path: 5 }], ['./data']])(
    'refuses %j, saying that it needs a folder',
    (options) => {
      expect(() => levelStore(options as never)).toThrow(OptionsError);
      expect(() => levelStore(options as never)).toThrow(
        /^levelStore\(\): path = .+ – give the folder/,
      );
    },
  );

  it('refuses a second process, saying what to do', async () => {
    await store().load();

    await expect(store().load()).rejects.toThrow(
      `another process uses ${path}; give each its own folder`,
    );
  });

  it('refuses what another version has written, and leaves it alone', async () => {
    const folder = new ClassicLevel<string, unknown>(path, { valueEncoding: 'json' });
    await folder.put('format', 2);
    await folder.close();

    await expect(store().load()).rejects.toThrow(
      `${path} has the format 2, which this version of nestjs-orchestrator does not know`,
    );
    await folder.open();
    expect(await folder.keys().all()).toEqual(['format']);
    await folder.close();
  });

  it('opens again after it was closed', async () => {
    const reopened = store();
    await reopened.load();
    await reopened.save([memoryOf('a')], []);
    await reopened.close?.();

    expect(await reopened.load()).toEqual([memoryOf('a')]);
  });
});
