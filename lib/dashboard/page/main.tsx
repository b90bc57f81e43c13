import { render } from 'preact';
import { Page } from './shell/page.js';
import { followServer } from './state/board.js';
import { startClock } from './state/clock.js';
import { followPreferences } from './state/preferences.js';
import { followHash } from './state/route.js';
import './styles/styles.css';

followPreferences();
followHash();
startClock();
followServer();

const root = document.getElementById('page');
if (root !== null) render(<Page />, root);
