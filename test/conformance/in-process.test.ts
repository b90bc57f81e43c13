import { inProcess } from '../../lib/engine/in-process/in-process.js';
import { itBehaves } from '../support/conformance/behaviours.js';

itBehaves(() => inProcess());
