export type * from './answers.js';
