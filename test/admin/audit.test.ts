import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AdminAuditRecord } from '../../lib/admin/admin-options.js';
import { Audit } from '../../lib/admin/audit.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function audited(): {
  readonly lines: string[];
  readonly told: AdminAuditRecord[];
  readonly act: (outcome: AdminAuditRecord['outcome'], times?: number) => void;
} {
  const lines: string[] = [];
  const told: AdminAuditRecord[] = [];
  const add = (line: unknown): void => void lines.push(String(line));
  const audit = new Audit({ log: add, warn: add, error: add }, (record) => void told.push(record));
  const act = (outcome: AdminAuditRecord['outcome'], times = 1): void => {
    for (let count = 0; count < times; count++) {
      audit.tell({ at: new Date(), who: 'eve', action: 'control', operation: 'pause', outcome });
    }
  };
  return { lines, told, act };
}

describe('Actions that are refused', () => {
  it('fill no log, however many there are, and how many were left out is told', () => {
    const { lines, told, act } = audited();
    act('refused', 1_000);
    expect(lines).toHaveLength(60);

    vi.advanceTimersByTime(2_000);
    act('refused');
    expect(lines.slice(60)).toEqual([
      '940 more actions were refused or failed before this one',
      '"eve": pause: refused',
    ]);
    expect(told).toHaveLength(1_001);
  });

  it('are told of as soon again where the wall clock is set back', () => {
    const { lines, act } = audited();
    act('refused', 60);
    vi.advanceTimersByTime(2_000);
    vi.setSystemTime(Date.now() - 3_600_000);
    act('refused');

    expect(lines).toHaveLength(61);
  });

  it('hide none that is done', () => {
    const { lines, act } = audited();
    act('refused', 100);
    act('done');

    expect(lines.at(-1)).toBe('"eve": pause: done');
  });
});
