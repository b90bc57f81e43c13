import { effect, signal } from '@preact/signals';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const language = signal<Language>(kept('language', LANGUAGES) ?? languageOfBrowser());
export const theme = signal<Theme>(kept('theme', THEMES) ?? 'system');

/** Keeps what is chosen, and lets the page follow. */
export function followPreferences(): void {
  effect(() => {
    keep('language', language.value);
    document.documentElement.lang = language.value === 'zh' ? 'zh-Hans' : 'en';
  });
  effect(() => {
    keep('theme', theme.value);
    document.documentElement.dataset.theme = theme.value;
  });
}

function languageOfBrowser(): Language {
  const known = navigator.languages.map((tag) => LANGUAGES.find((each) => tag.startsWith(each)));
  return known.find((each) => each !== undefined) ?? 'en';
}

function kept<Value extends string>(what: string, values: readonly Value[]): Value | undefined {
  try {
    const value = localStorage.getItem(`orchestrator.${what}`);
    return values.find((each) => each === value);
  } catch {
    return undefined; // A browser may forbid it.
  }
}

function keep(what: string, value: string): void {
  try {
    localStorage.setItem(`orchestrator.${what}`, value);
  } catch {
    // As above: then it holds until the page is closed.
  }
}
