import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/**
 * Sends a signal to a process and to all that it has started. A server may have put its children into sessions of their
 * own, as PostgreSQL does, so that its process group does not name them.
 */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  for (const member of [pid, ...descendantsOf(pid)]) {
    try {
      process.kill(member, signal);
    } catch {
      // It has ended in the meantime.
    }
  }
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

function childrenOf(pid: number): number[] {
  return listChildren(pid).split(/\s+/).filter(Boolean).map(Number);
}

function listChildren(pid: number): string {
  try {
    if (existsSync('/proc/self/task')) {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    }
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  } catch {
    return ''; // It has no children, or has ended.
  }
}
