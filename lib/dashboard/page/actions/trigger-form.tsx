import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Trigger } from '../api/api.js';
import { say, sayOf } from '../words/words.js';
import { readPayload, tidy } from './payload.js';

const PRIORITIES = ['LOW', 'NORMAL', 'HIGH', 'CRITICAL'] as const;

interface Fields {
  readonly payload: string;
  readonly priority: string;
  readonly delay: string;
  readonly dedupeKey: string;
}

const EMPTY: Fields = { payload: '', priority: '', delay: '', dedupeKey: '' };

interface Properties {
  /** Undefined while what was typed cannot be sent. */
  readonly onChange: (trigger: Trigger | undefined) => void;
}

/** How a run is triggered: its payload, and what else may be said. */
export function TriggerForm({ onChange }: Properties): JSX.Element {
  const [fields, setFields] = useState(EMPTY);
  const payload = readPayload(fields.payload);
  const change = (changed: Partial<Fields>): void => {
    const after = { ...fields, ...changed };
    setFields(after);
    onChange(triggerOf(after));
  };
  const text = (field: keyof Fields) => ({
    value: fields[field],
    onInput: ({
      currentTarget,
    }: {
      readonly currentTarget: HTMLInputElement | HTMLTextAreaElement;
    }) => change({ [field]: currentTarget.value }),
  });

  return (
    <div class="trigger-form">
      <div class="field">
        <div class="field-head">
          <label for="payload">{say('trigger.payload')}</label>
          <button
            type="button"
            class="link"
            disabled={payload.is !== 'good'}
            onClick={() => payload.is === 'good' && change({ payload: tidy(payload.value) })}
          >
            {say('trigger.payload.tidy')}
          </button>
        </div>
        <textarea
          id="payload"
          class="code"
          rows={6}
          spellcheck={false}
          autocapitalize="off"
          aria-invalid={payload.is === 'bad'}
          aria-describedby="payload-verdict"
          {...text('payload')}
        />
        <p id="payload-verdict" class={`hint ${payload.is}`} aria-live="polite">
          {payload.is === 'none' && say('trigger.payload.hint')}
          {payload.is === 'good' && say('trigger.payload.good')}
          {payload.is === 'bad' && say('trigger.payload.bad', { problem: payload.problem })}
        </p>
      </div>
      <div class="fields">
        <label class="field">
          {say('trigger.priority')}
          <select
            value={fields.priority}
            onChange={({ currentTarget }) => change({ priority: currentTarget.value })}
          >
            <option value="">{say('trigger.priority.own')}</option>
            {PRIORITIES.map((priority, level) => (
              <option key={priority} value={priority}>
                {sayOf('priority', String(level))}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          {say('trigger.delay')}
          <input type="text" placeholder={say('trigger.delay.hint')} {...text('delay')} />
        </label>
        <label class="field">
          {say('trigger.dedupe')}
          <input type="text" placeholder={say('trigger.dedupe.hint')} {...text('dedupeKey')} />
        </label>
      </div>
    </div>
  );
}

function triggerOf({ payload, priority, delay, dedupeKey }: Fields): Trigger | undefined {
  const read = readPayload(payload);
  if (read.is === 'bad') return undefined;
  return {
    ...(read.is === 'good' && { payload: read.value }),
    ...(priority !== '' && { priority }),
    ...(delay.trim() !== '' && { delay: delay.trim() }),
    ...(dedupeKey !== '' && { dedupeKey }),
  };
}
