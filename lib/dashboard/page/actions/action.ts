import { signal } from '@preact/signals';
import { api, RefusedError, type Trigger, type WorkerAction } from '../api/api.js';
import type { Done } from '../api/shapes.js';
import { permissions } from '../state/board.js';
import { say } from '../words/words.js';
import { addNote } from './notes.js';

/** What a person may want done. */
export type Action =
  | { readonly kind: 'trigger' | WorkerAction; readonly worker: string }
  | { readonly kind: 'cancel'; readonly worker: string; readonly run: string }
  | { readonly kind: 'pause-all' | 'resume-all'; readonly worker?: never };

/** What was said when it was confirmed. */
export interface Answers {
  readonly trigger: Trigger;
  readonly abandon: boolean;
}

/** The one that awaits its confirmation. */
export const asked = signal<Action | undefined>(undefined);

export function ask(action: Action): void {
  asked.value = action;
}

export function isAllowed(kind: Action['kind']): boolean {
  const { trigger, control } = permissions.value;
  return kind === 'trigger' ? trigger : control;
}

/** @throws RefusedError, TypeError as `fetch` does; see {@link problemOf} */
export async function perform(action: Action, answers: Answers): Promise<void> {
  const { id: run, cancelled } = await send(action, answers);
  const done = cancelled === false ? 'done.cancel.late' : (`done.${action.kind}` as const);
  addNote({
    text: say(done, { name: action.worker ?? '' }),
    ...(run !== undefined && { run }),
  });
}

/** Where nobody looks at its dialog any more. */
export function noteFailure(action: Action, error: unknown): void {
  const what = say(`ask.${action.kind}`, { name: action.worker ?? '' });
  addNote({ text: `${what} ${problemOf(error)}`, isFailure: true });
}

async function send(action: Action, { trigger, abandon }: Answers): Promise<Done> {
  switch (action.kind) {
    case 'trigger':
      return api.trigger(action.worker, trigger);
    case 'cancel':
      return api.cancel(action.run, abandon);
    case 'pause-all':
      return api.pauseAll();
    case 'resume-all':
      return api.resumeAll();
    default:
      return api.control(action.worker, action.kind);
  }
}

/** What to tell a person of why it was not done. */
export function problemOf(error: unknown): string {
  if (!(error instanceof RefusedError)) return say('failed.network');
  const text =
    error.message === '' ? say('failed.status', { status: error.status }) : error.message;
  return error.code === '' ? text : `${error.code}: ${text}`;
}
