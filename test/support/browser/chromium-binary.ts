import { findExecutable } from '../find-executable.js';
import { installFromDebian } from '../install-from-debian.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * The browser of the machine. Installs Debian's where there is none and this may be done.
 *
 * @throws Error that says what to do, otherwise
 */
export function chromiumBinary(): string {
  const { CHROMIUM_PATH } = process.env;
  if (CHROMIUM_PATH !== undefined) return CHROMIUM_PATH;
  const found = findChromium() ?? (installFromDebian('chromium') ? findChromium() : undefined);
  if (found !== undefined) return found;
  throw new Error(
    'These tests look at the page in Chromium, and there is none on this machine. Install it (Debian: ' +
      '`apt-get install chromium`; macOS: `brew install --cask chromium`), ' +
      'or set CHROMIUM_PATH to the executable of Chromium or Chrome.',
  );
}

/** @param folders where to look, in order */
export function findChromium(folders?: readonly string[]): string | undefined {
  return findExecutable(NAMES, folders);
}
