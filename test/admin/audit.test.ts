import { describe, expect, it } from 'vitest';
import type { AdminAuditRecord } from '../../lib/admin/admin-options.js';
import { Audit } from '../../lib/admin/audit.js';

function audited(): {
  readonly lines: string[];
  readonly told: AdminAuditRecord[];
  readonly act: (second: number, outcome: AdminAuditRecord['outcome']) => void;
} {
  const lines: string[] = [];
  const told: AdminAuditRecord[] = [];
  const add = (line: unknown): void => void lines.push(String(line));
  const audit = new Audit({ log: add, warn: add, error: add }, (record) => void told.push(record));
  const act = (second: number, outcome: AdminAuditRecord['outcome']): void => {
    const at = new Date(second * 1_000);
    audit.tell({ at, who: 'eve', action: 'control', operation: 'pause', outcome });
  };
  return { lines, told, act };
}

describe('Actions that are refused', () => {
  it('fill no log, however many there are, and how many were left out is told', () => {
    const { lines, told, act } = audited();
    for (let count = 0; count < 1_000; count++) act(0, 'refused');
    expect(lines).toHaveLength(60);

    act(2, 'refused');
    expect(lines.slice(60)).toEqual([
      '940 more actions were refused or failed before this one',
      '"eve": pause: refused',
    ]);
    expect(told).toHaveLength(1_001);
  });

  it('hide none that is done', () => {
    const { lines, act } = audited();
    for (let count = 0; count < 100; count++) act(0, 'refused');
    act(0, 'done');

    expect(lines.at(-1)).toBe('"eve": pause: done');
  });
});
