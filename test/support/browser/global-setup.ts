import { chromiumBinary } from './chromium-binary.js';

/** Before any of the tests: several files at once could not install it. */
export default function setup(): void {
  chromiumBinary();
}
