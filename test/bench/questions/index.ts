import type { Question } from '../question.js';
import { boot } from './boot.js';
import { denseGraph } from './dense-graph.js';
import { heap } from './heap.js';
import { herd } from './herd.js';
import { idleWorkers } from './idle-workers.js';
import { punctuality } from './punctuality.js';
import { tellingWhatHappens } from './telling.js';
import { throughput } from './throughput.js';

/** Each with a type of size of its own, which nobody but itself looks into. */
export const QUESTIONS: readonly Question[] = [
  throughput,
  idleWorkers,
  punctuality,
  heap,
  boot,
  herd,
  denseGraph,
  tellingWhatHappens,
];

export function questionOf(name: string): Question {
  const found = QUESTIONS.find((question) => question.name === name);
  if (found === undefined) throw new Error(`There is no question "${name}".`);
  return found;
}
