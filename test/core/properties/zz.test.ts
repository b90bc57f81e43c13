import { it } from 'vitest';
import { WatchedScheduler } from '../../support/core/model/watched-scheduler.js';
const plan = {"maxConcurrentWorkers":6,"workers":[{"name":"a","options":{"executionMode":"CONTINUOUS","concurrency":1,"maxRetries":0,"backoff":0,"maxConsecutiveFailures":0,"autoEnableAfter":false,"priority":0,"maxPending":1,"timeout":false,"dependsOn":[],"blocks":["b","c","d","*","tag:t"],"tags":["t"],"groups":[]}},{"name":"b","options":{"runAfterDependencies":true,"concurrency":3,"maxRetries":0,"backoff":0,"maxConsecutiveFailures":0,"autoEnableAfter":false,"priority":0,"maxPending":1,"timeout":false,"dependsOn":[{"worker":"a","condition":"idle"}],"blocks":["a","c","d","*","tag:t"],"tags":["t"],"groups":[]}},{"name":"c","options":{"runAfterDependencies":true,"concurrency":1,"maxRetries":0,"backoff":0,"maxConsecutiveFailures":0,"autoEnableAfter":false,"priority":0,"maxPending":1,"timeout":false,"dependsOn":[{"worker":"a","condition":"succeeded"},{"worker":"b","condition":"succeeded"}],"blocks":["a","b","d","*","tag:t"],"tags":["t"],"groups":[]}},{"name":"d","options":{"runAfterDependencies":true,"concurrency":1,"maxRetries":0,"backoff":0,"maxConsecutiveFailures":0,"autoEnableAfter":false,"priority":0,"maxPending":1,"timeout":false,"dependsOn":[{"worker":"a","condition":"succeeded"},{"worker":"b","condition":"succeeded"},{"worker":"c","condition":"succeeded"}],"blocks":["a","b","c","*","tag:t"],"tags":["t"],"groups":[]}}]};
const seq = [{"do":"trigger","pick":1,"delayMs":0},{"do":"end","pick":0,"outcome":"succeeded"},{"do":"end","pick":0,"outcome":"timed-out"},{"do":"advance","ms":9},{"do":"trigger","pick":5,"delayMs":0},{"do":"end","pick":0,"outcome":"succeeded"},{"do":"abandon","pick":0}];
it('x', () => {
  const w = new WatchedScheduler(plan as never);
  for (const c of seq) {
    console.log(c, w.scheduler.now);
    try { w.do(c as never); } finally {
    for (const x of w.model.workers.values()) console.log(x.definition.name, [...x.attempts].map(a=>a.run.id+a.phase+a.holds), w.model.runsOf(x,'waiting').map(r=>r.id+'@'+r.dueAt), w.scheduler.explain(x.definition.name).reasons.map(r=>r.reason+(r.heldBy??'')).join()); }
  }
});
