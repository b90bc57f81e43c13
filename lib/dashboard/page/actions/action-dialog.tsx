import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { say } from '../words/words.js';
import { asked, noteFailure, perform, problemOf, type Action, type Answers } from './action.js';
import { TriggerForm } from './trigger-form.js';

const NO_ANSWERS: Answers = { trigger: {}, abandon: false };
const DRASTIC: ReadonlySet<Action['kind']> = new Set<Action['kind']>([
  'disable',
  'cancel',
  'pause-all',
]);

/** Asks before anything is done, and stays where it could not be done. */
export function ActionDialog(): JSX.Element | null {
  const action = asked.value;
  return action === undefined ? null : <Asking key={JSON.stringify(action)} action={action} />;
}

function Asking({ action }: { readonly action: Action }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [answers, setAnswers] = useState<Answers | undefined>(NO_ANSWERS);
  const [isWorking, setWorking] = useState(false);
  const [problem, setProblem] = useState('');
  const name = action.worker ?? '';

  // Before the browser takes another key: an Escape must find the dialog open.
  useLayoutEffect(() => dialog.current?.showModal(), []);

  const forget = (): void => {
    if (asked.value === action) asked.value = undefined;
  };
  // The browser tells of the closing in a later task, when something else may have been asked already.
  const close = (): void => {
    dialog.current?.close();
    forget();
  };

  const confirm = async (): Promise<void> => {
    if (answers === undefined || isWorking) return;
    setWorking(true);
    setProblem('');
    try {
      await perform(action, answers);
      close();
    } catch (error) {
      if (asked.value === action) setProblem(problemOf(error));
      else noteFailure(action, error);
    }
    setWorking(false);
  };

  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="asking"
      aria-describedby="asking-text"
      onClose={forget}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <h2 id="asking">{say(`ask.${action.kind}`, { name })}</h2>
        <p id="asking-text">{say(`ask.${action.kind}.text`)}</p>
        {action.kind === 'trigger' && (
          <TriggerForm onChange={(trigger) => setAnswers(trigger && { ...NO_ANSWERS, trigger })} />
        )}
        {action.kind === 'cancel' && (
          <label class="check">
            <input
              type="checkbox"
              onChange={({ currentTarget }) =>
                setAnswers({ ...NO_ANSWERS, abandon: currentTarget.checked })
              }
            />
            {say('ask.cancel.abandon')}
          </label>
        )}
        <p class="problem" role="alert">
          {problem}
        </p>
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={close}>
            {say('ask.no')}
          </button>
          <button
            type="submit"
            class={`button ${DRASTIC.has(action.kind) ? 'drastic' : 'primary'}`}
            disabled={answers === undefined}
            aria-busy={isWorking}
          >
            {say(isWorking ? 'ask.working' : `action.${action.kind}`)}
          </button>
        </div>
      </form>
    </dialog>
  );
}
