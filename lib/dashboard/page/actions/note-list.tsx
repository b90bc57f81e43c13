import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { failureText } from '../parts/failure-text.js';
import { Icon } from '../parts/icon.js';
import { ReasonChip, RunMark } from '../parts/marks.js';
import { runs } from '../state/board.js';
import { isLive } from '../state/recent-runs.js';
import { say } from '../words/words.js';
import { dismissNote, notes, type Note } from './notes.js';

const SHOWN_MS = 8_000;

/** Read out as they come. */
export function NoteList(): JSX.Element {
  return (
    <div class="notes" role="log" aria-live="polite" aria-label={say('note.label')}>
      {notes.value.map((note) => (
        <NoteCard key={note.id} note={note} />
      ))}
    </div>
  );
}

function NoteCard({ note }: { readonly note: Note }): JSX.Element {
  const run = note.run === undefined ? undefined : runs.value.get(note.run);
  const isOver = note.run === undefined || (run !== undefined && !isLive(run));
  useEffect(() => {
    if (!isOver) return;
    const timer = setTimeout(() => dismissNote(note.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isOver, note.id]);

  const wait = run?.status === 'waiting' ? run.waits.at(-1) : undefined;
  return (
    <div class="note">
      <Icon name={note.isFailure === true ? 'cross' : 'check'} />
      <p>
        {note.text}
        {run !== undefined && (
          <span class="note-run">
            <RunMark status={run.status} />
            {wait !== undefined && wait.until === undefined && <ReasonChip wait={wait} />}
            {run.error !== undefined && <span class="error-text">{failureText(run.error)}</span>}
          </span>
        )}
      </p>
      <button
        type="button"
        class="icon-button"
        aria-label={say('note.dismiss')}
        title={say('note.dismiss')}
        onClick={() => dismissNote(note.id)}
      >
        <Icon name="cross" />
      </button>
    </div>
  );
}
