import { chromium, type Browser } from 'playwright-core';
import { chromiumBinary } from './chromium-binary.js';

/** What root needs, and what keeps the browser from asking the network for anything of its own. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser of the machine; Playwright's own is not downloaded. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumBinary(), args: FLAGS });
}
