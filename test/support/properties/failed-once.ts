import type { FailedOnce } from './seeds.js';

/**
 * Cases that failed once, by the title of their property. They come first in every run.
 *
 * A case is its seed and path as the failure prints them. It draws another graph once the arbitraries change, so the
 * minimised example belongs beside the tests of what was broken as well.
 */
export const FAILED_ONCE: readonly FailedOnce[] = [];
