import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gone when the test process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sample-app-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
