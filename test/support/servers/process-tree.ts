import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const HAS_PROC = existsSync('/proc/self/task');
const STANDS_STILL = /^[TtZX]/;

/**
 * Sends a signal to a process and to all that it has started. A server may have put its children into sessions of their
 * own, as PostgreSQL does, so that its process group does not name them.
 *
 * All of them are stopped first, each before its children are listed: one that goes on could start another meanwhile,
 * which would be left alone, and its list may leave out children while others end.
 */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  for (const member of stopTree(pid)) send(member, signal);
}

function stopTree(pid: number): number[] {
  if (!send(pid, 'SIGSTOP')) return [];
  while (!standsStill(pid));
  return [pid, ...childrenOf(pid).flatMap(stopTree)];
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // It has ended in the meantime.
  }
}

function standsStill(pid: number): boolean {
  const state = HAS_PROC
    ? read(() => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1))
    : read(() => execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }));
  return state === undefined || STANDS_STILL.test(state);
}

function childrenOf(pid: number): number[] {
  const list = HAS_PROC
    ? read(() => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'))
    : read(() => execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }));
  return (list ?? '').split(/\s+/).filter(Boolean).map(Number);
}

/** Nothing where it has no children, or has ended. */
function read(what: () => string | undefined): string | undefined {
  try {
    return what();
  } catch {
    return undefined;
  }
}
