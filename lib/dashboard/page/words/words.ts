import { language, type Language } from '../state/preferences.js';
import { chinese } from './chinese.js';
import { english, type Word, type Words } from './english.js';

const WORDS: Readonly<Record<Language, Words>> = { en: english, zh: chinese };

/** The text in the chosen language; `{name}` in it becomes the value of that name. */
export function say(word: Word, values: Readonly<Record<string, string | number>> = {}): string {
  return WORDS[language.value][word].replace(/\{(\w+)\}/g, (hole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : hole,
  );
}

/** The word of a group, if there is one: what a newer server says may have none yet. */
export function sayOf(group: string, key: string): string {
  const word = `${group}.${key}`;
  return Object.hasOwn(english, word) ? say(word as Word) : key;
}
