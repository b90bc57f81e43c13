import { contenderOf } from './question.js';
import { questionOf } from './questions/index.js';

/* One contender's turn at one question: what it measured goes to the parent as JSON. */

const [question = '', contender = '', scale] = process.argv.slice(2);
const measures = await contenderOf(questionOf(question), contender).measure(
  scale === 'tiny' ? 'tiny' : 'full',
);
process.stdout.write(JSON.stringify(measures));
process.exit();
