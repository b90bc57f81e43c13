import assert from 'node:assert/strict';

const escaped: unknown[] = [];
for (const event of ['unhandledRejection', 'uncaughtException', 'warning']) {
  process.on(event, (fault: unknown) => void escaped.push(fault));
}

/** Whatever a worker or an operator did, nothing reached the process. */
export async function assertNothingEscaped(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(escaped.splice(0), [], 'I16: nothing escapes');
}
