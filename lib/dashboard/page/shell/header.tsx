import type { JSX } from 'preact';
import { ActionButton } from '../actions/action-button.js';
import type { Connection } from '../api/live-stream.js';
import { Icon, type IconName } from '../parts/icon.js';
import { connection, orchestrator } from '../state/board.js';
import { language, theme, THEMES, type Theme } from '../state/preferences.js';
import { hrefOf, route, type Route } from '../state/route.js';
import { say } from '../words/words.js';

const VIEWS: readonly {
  readonly view: 'graph' | 'timeline' | 'workers';
  readonly icon: IconName;
}[] = [
  { view: 'graph', icon: 'graph' },
  { view: 'timeline', icon: 'timeline' },
  { view: 'workers', icon: 'table' },
];

const THEME_ICONS: Readonly<Record<Theme, IconName>> = {
  system: 'half',
  light: 'sun',
  dark: 'moon',
};

export function Header(): JSX.Element {
  const isPaused = orchestrator.value?.paused === true;
  return (
    <header class="header">
      <a class="skip-link" href={location.hash} onClick={focusContent}>
        {say('page.skip')}
      </a>
      <h1 class="brand">
        <Logo />
        <span>{say('page.title')}</span>
      </h1>
      <nav class="views" aria-label={say('view.navigation')}>
        {VIEWS.map(({ view, icon }) => (
          <a
            key={view}
            href={hrefOf({ view })}
            aria-current={isWithin(route.value, view) ? 'page' : undefined}
          >
            <Icon name={icon} />
            {say(`view.${view}`)}
          </a>
        ))}
      </nav>
      <div class="header-end">
        <ActionButton look="words" action={{ kind: isPaused ? 'resume-all' : 'pause-all' }} />
        <ConnectionMark connection={connection.value} />
        <button
          type="button"
          class="icon-button"
          title={say(`setting.theme.${theme.value}`)}
          aria-label={say(`setting.theme.${theme.value}`)}
          onClick={() => (theme.value = nextOf(theme.value))}
        >
          <Icon name={THEME_ICONS[theme.value]} />
        </button>
        <button
          type="button"
          class="icon-button words"
          lang={language.value === 'zh' ? 'en' : 'zh-Hans'}
          title={say('setting.language.title')}
          onClick={() => (language.value = language.value === 'zh' ? 'en' : 'zh')}
        >
          {say('setting.language')}
        </button>
      </div>
    </header>
  );
}

/** The hash says which view is shown, and so cannot name the content. */
function focusContent(event: Event): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}

function ConnectionMark({ connection }: { readonly connection: Connection }): JSX.Element {
  const { state } = connection;
  return (
    <span class={`connection ${state}`} role="status">
      {state === 'lost' || state === 'refused' ? <Icon name="offline" /> : <span class="dot" />}
      {say(`connection.${state}`)}
    </span>
  );
}

function Logo(): JSX.Element {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M11 10.5h6.5a4 4 0 0 1 4 4v3.5M11 10.5v11h7" />
      <circle cx="10.5" cy="10.5" r="3.3" />
      <circle cx="21.5" cy="21.5" r="3.3" />
    </svg>
  );
}

/** The page of a worker belongs to the workers. */
function isWithin(shown: Route, view: Route['view']): boolean {
  return shown.view === view || (shown.view === 'worker' && view === 'workers');
}

function nextOf(current: Theme): Theme {
  return THEMES[(THEMES.indexOf(current) + 1) % THEMES.length] ?? 'system';
}
