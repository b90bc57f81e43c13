import { expect, it } from 'vitest';
import { chinese } from '../../../lib/dashboard/page/words/chinese.js';
import { english, type Word } from '../../../lib/dashboard/page/words/english.js';

const holesOf = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

it.each(Object.keys(english) as Word[])(
  'says %s in both languages, with the same values',
  (word) => {
    expect(chinese[word].trim()).not.toBe('');
    expect(holesOf(chinese[word])).toEqual(holesOf(english[word]));
  },
);
