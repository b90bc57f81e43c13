/*
 * Bugs that others have shipped, or that we might. Each is an exact replacement in lib; the properties must fail for
 * each. `text` has to occur exactly once, so that no bug is lost when the code moves on.
 */

export const BUGS = [
  {
    name: 'blocks is not symmetric',
    file: 'core/state/relations.ts',
    changes: [{ text: '  other.conflicts.add(one);\n', by: '' }],
  },
  {
    name: "one conflict pair is missing with '*'",
    file: 'core/admission/conflict-gate.ts',
    changes: [
      { text: 'one.blocksEverything || other.blocksEverything ||', by: 'one.blocksEverything ||' },
    ],
  },
  {
    name: 'the place is free before the tail ends',
    file: 'core/life-cycle/release-attempt.ts',
    changes: [
      {
        text: "  attempt.phase = 'lingering';\n",
        by: "  attempt.phase = 'lingering';\n  releaseAttempt(state, attempt);\n",
      },
    ],
  },
  {
    name: 'a retry counts as a failure',
    file: 'core/life-cycle/end-attempt.ts',
    changes: [
      {
        text: '  run.worker.counts.retried++;\n',
        by: '  run.worker.counts.retried++;\n  run.worker.consecutiveFailures++;\n',
      },
    ],
  },
  {
    name: 'no gate is checked again after a backoff',
    file: 'core/life-cycle/end-attempt.ts',
    changes: [
      { text: '  joinPending(state, run);\n', by: '  startRun(state, run);\n' },
      {
        text: "import { joinPending } from './pending.js';\n",
        by: "import { startRun } from './start-run.js';\n",
      },
    ],
  },
  {
    name: 'timers are not armed in chunks',
    file: 'execution/alarms.ts',
    changes: [
      {
        text: 'Math.min(Math.max(at - now, 0), LONGEST_DELAY_MS)',
        by: 'Math.max(at - now, 0)',
      },
    ],
  },
  {
    name: 'intervals follow the wall clock',
    file: 'engine/in-process/conductor.ts',
    changes: [
      {
        text: '    const now = clock.now();\n',
        by: '    const now = clock.now() + clock.wallOffset();\n',
      },
    ],
  },
  {
    name: 'the reservation is forgotten',
    file: 'core/admission/reservation.ts',
    changes: [
      {
        text: "  return { reason: 'RESERVED', heldBy: reserving.worker.definition.name };\n",
        by: '  return undefined;\n',
      },
    ],
  },
  {
    name: 'a reservation holds back what its own run needs',
    file: 'core/admission/reservation.ts',
    changes: [
      {
        text: '  if (workersToSpare(state, reserving).has(run.worker)) return undefined;\n',
        by: '',
      },
    ],
  },
  {
    name: 'a reservation spares whatever waits while anybody is awaited',
    file: 'core/admission/reservation.ts',
    changes: [
      {
        text: 'if (workersToSpare(state, reserving).has(run.worker)) return',
        by: 'if (state.awaiting.size > 0) return',
      },
    ],
  },
  {
    name: 'a new wait is not asked for its end',
    file: 'core/awaiting.ts',
    changes: [{ text: '  doubt(state, awaited);\n', by: '' }],
  },
  {
    name: 'one entry of the wake list is lost',
    file: 'core/admission/waiting-room.ts',
    changes: [
      {
        text: 'for (const waiter of worker.waiters) reconsider',
        by: 'for (const waiter of [...worker.waiters].slice(1)) reconsider',
      },
    ],
  },
  {
    name: 'the probe counts twice',
    file: 'core/life-cycle/failure-count.ts',
    changes: [
      {
        text: '      if (wasProbe) coolDownLonger(state, worker);\n',
        by: '      if (wasProbe) worker.consecutiveFailures++;\n      if (wasProbe) coolDownLonger(state, worker);\n',
      },
    ],
  },
  {
    name: 'a trigger moves the anchor',
    file: 'core/life-cycle/trigger-run.ts',
    changes: [
      {
        text: '  return acceptRun(state, worker, {\n',
        by: "  const { schedule } = worker.definition;\n  if (schedule.kind === 'fixed-rate' && state.phase === 'running') {\n    setNextInstant(state, worker, state.now + schedule.intervalMs);\n  }\n  return acceptRun(state, worker, {\n",
      },
      {
        text: "import { acceptRun } from './accept-run.js';\n",
        by: "import { setNextInstant } from '../due/schedule-cursor.js';\nimport { acceptRun } from './accept-run.js';\n",
      },
    ],
  },
  {
    name: 'the history has no bound',
    file: 'core/life-cycle/history.ts',
    changes: [{ text: '  if (oldest !== undefined) state.runs.delete(oldest.id);\n', by: '' }],
  },
  {
    name: 'a worker is disabled one failure too late',
    file: 'core/life-cycle/failure-count.ts',
    changes: [
      {
        text: 'worker.consecutiveFailures < maxConsecutiveFailures',
        by: 'worker.consecutiveFailures <= maxConsecutiveFailures',
      },
    ],
  },
  {
    name: 'a retry begins while the orchestrator drains',
    file: 'core/life-cycle/end-attempt.ts',
    changes: [{ text: "state.phase === 'draining'", by: 'state.running < 0' }],
  },
  {
    name: 'a name decides between equals',
    file: 'core/admission/rank.ts',
    changes: [
      {
        text: '  if (one.order !== other.order) return one.order < other.order;\n',
        by: '  if (one.order !== other.order) {\n    return one.worker.definition.name < other.worker.definition.name;\n  }\n',
      },
    ],
  },
  {
    name: 'a cancelled run leaves its handle open',
    file: 'core/event.ts',
    changes: [{ text: "  'run.lost',\n  'run.cancelled',\n", by: "  'run.lost',\n" }],
  },
  {
    name: 'nobody hears of a deadlock',
    file: 'engine/in-process/conductor.ts',
    changes: [
      {
        text: '        this.endings.deadlock(effect.waiter, effect.awaited, effect.chain);\n',
        by: '',
      },
    ],
  },
  {
    name: 'a rejection that nobody awaits reaches the process',
    file: 'engine/in-process/run-endings.ts',
    changes: [
      {
        text: '        promise.catch(() => undefined);\n      };\n',
        by: '      };\n',
      },
    ],
  },
  {
    name: 'the shutdown leaves a timer behind',
    file: 'engine/in-process/drain.ts',
    changes: [{ text: '        this.alarms.clear(alarm);\n', by: '' }],
  },
  {
    name: 'a late settlement ends the attempt once more',
    file: 'execution/attempt.ts',
    changes: [
      {
        text: 'if (this.hasEnded) this.settle();',
        by: 'if (this.hasEnded) this.end(outcome, value);',
      },
    ],
  },
  {
    name: 'a paused worker starts what waits',
    file: 'core/admission/gates.ts',
    changes: [
      {
        text: 'return worker.pausedAt !== undefined\n',
        by: 'return worker.pausedAt !== undefined && worker.pending.size > 1\n',
      },
    ],
  },
  {
    name: 'a dependency that is due first is not waited for',
    file: 'core/admission/dependency.ts',
    changes: [{ text: 'dueAt <= dependent.dueAt', by: 'dueAt < dependent.dueAt' }],
  },
  {
    name: 'a group has one place more',
    file: 'core/admission/group-gate.ts',
    changes: [
      {
        text: 'return group.limit - group.holders.size;',
        by: 'return group.limit + 1 - group.holders.size;',
      },
    ],
  },
  {
    name: 'due instants that come together are counted one short',
    file: 'core/due/come-due.ts',
    changes: [
      {
        text: 'accept(first, last, count - 1);',
        by: 'accept(first, last, Math.max(0, count - 2));',
      },
    ],
  },
  {
    name: 'chance decides between equals',
    file: 'core/admission/rank.ts',
    changes: [
      {
        text: '  return one.sequence < other.sequence;\n',
        by: '  return globalThis.Math.random() < 0.5;\n',
      },
    ],
  },
];
