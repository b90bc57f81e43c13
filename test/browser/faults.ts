import type { Page } from 'playwright-core';

/** Answers that an action is refused with are shown to the user, and to nobody's surprise in the console. */
const REFUSED = 'Failed to load resource: the server responded with a status of 4';
/** What the console says of a server that is gone. */
const GONE =
  /net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)/;

/**
 * Watches a page for what must never happen: errors, violations of its policy, dialogs, requests to elsewhere.
 *
 * @returns what has happened so far
 */
export async function faultsOf(page: Page, origin: string): Promise<() => string[]> {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() !== 'error' || text.startsWith(REFUSED) || GONE.test(text)) return;
    faults.push(`console: ${text}`);
  });
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) faults.push(`request: ${request.url()}`);
  });
  await page.exposeFunction('tellViolation', (violation: string) =>
    faults.push(`policy: ${violation}`),
  );
  await page.addInitScript(`
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      tellViolation(violatedDirective + ' ' + blockedURI));
  `);
  return () => faults;
}
