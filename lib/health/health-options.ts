import { OptionsError } from '../index.js';

/** @publicApi */
export interface OrchestratorHealthOptions {
  /**
   * Whether the last error of a failing worker is shown: one line, at most 300 characters, without what looks like a
   * secret. Whoever may call the route reads it.
   *
   * @default false
   */
  readonly showErrors?: boolean;
}

/** @throws OptionsError for anything but true and false: `'false'` from the environment would show them */
export function assertHealthOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw wrong('options', options, 'give an object of options, or nothing');
  }
  for (const [option, value] of Object.entries(options)) {
    if (option !== 'showErrors') throw wrong(option, value, 'there is only "showErrors"');
    if (value !== undefined && typeof value !== 'boolean') {
      throw wrong(option, value, 'use true or false');
    }
  }
}

function wrong(option: string, value: unknown, remedy: string): OptionsError {
  return new OptionsError('OrchestratorHealthModule.forRoot()', option, value, remedy);
}
