import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const USUAL_FOLDERS = [
  ...['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/opt/local/bin', '/snap/bin'],
];

/** The first that there is. @param folders where to look, in order */
export function findExecutable(
  names: readonly string[],
  folders: readonly string[] = [...(process.env.PATH ?? '').split(delimiter), ...USUAL_FOLDERS],
): string | undefined {
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
