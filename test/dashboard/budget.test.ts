import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { builtPage } from '../support/built-page.js';

const MOST_BYTES = 150_000;

it('weighs at most 150 kB, compressed, all its parts together', async () => {
  const folder = await builtPage();

  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.includes('.'),
  );
  const bytes = files.map((path) => gzipSync(readFileSync(join(folder, path))).byteLength);

  expect(files.length).toBeGreaterThan(3);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(MOST_BYTES);
});

it('takes nothing from elsewhere', async () => {
  const folder = await builtPage();
  const texts = readdirSync(join(folder, 'assets')).map((name) =>
    readFileSync(join(folder, 'assets', name), 'utf8'),
  );

  // Namespaces are names, not addresses.
  const addresses = texts
    .flatMap((text) => text.match(/https?:\/\/[\w.-]+/g) ?? [])
    .filter((address) => address !== 'http://www.w3.org');
  expect(new Set(addresses)).toEqual(new Set());
});
