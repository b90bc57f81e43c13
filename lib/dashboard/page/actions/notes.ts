import { signal } from '@preact/signals';

/** The outcome of an action. */
export interface Note {
  readonly id: number;
  readonly text: string;
  /** The run that came of it, which is followed to its end. */
  readonly run?: string;
  /** Whether it was not done. */
  readonly isFailure?: true;
}

const MOST_NOTES = 4;

let lastId = 0;

export const notes = signal<readonly Note[]>([]);

export function addNote(note: Omit<Note, 'id'>): void {
  notes.value = [...notes.value, { ...note, id: ++lastId }].slice(-MOST_NOTES);
}

export function dismissNote(id: number): void {
  notes.value = notes.value.filter((note) => note.id !== id);
}
