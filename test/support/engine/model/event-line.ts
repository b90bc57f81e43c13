import type { OrchestratorEvent } from '../../../../lib/core/event.js';

/** An event in one line that is the same in every process: run ids without their prefix, failures without stacks. */
export function lineOf(now: number, event: OrchestratorEvent): string {
  const text = JSON.stringify(event, (key, value: unknown) =>
    key === 'stack' ? undefined : value,
  );
  return `${now} ${withoutPrefixes(text)}`;
}

/** Of run ids, which are different in each process. */
export function withoutPrefixes(text: string): string {
  return text.replaceAll(/\b[0-9a-f]{10}-/g, '');
}
