export { bullmq } from './bullmq.js';
export type { BullMQOptions } from './bullmq-options.js';
