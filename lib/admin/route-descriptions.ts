import type { AdminRoutes } from './admin-routes.js';

/** One route, as OpenAPI tells of it. */
export interface RouteDescription {
  readonly summary: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, object>>;
  /** Of the JSON body; none where it is no action. */
  readonly fields?: Readonly<Record<string, object>>;
  readonly status: number;
  readonly contentType: string;
  readonly refusals: Readonly<Record<number, string>>;
}

type Routes = Exclude<keyof AdminRoutes, symbol>;

const NAME = { name: 'The worker, percent-encoded; ~ takes it from the query.' };
const ID = { id: 'The run; ~ takes it from the query.' };
const NOBODY = { 401: 'Unknown caller', 403: 'Not permitted' };
const NO_ACTION = {
  ...NOBODY,
  400: 'Not what the route takes',
  413: 'Too large',
  415: 'No JSON',
  429: 'Too many actions, or too many runs that wait',
  503: 'Stopped or out of reach',
};
const UNKNOWN = { 404: 'Unknown worker or run' };
const OFF = { 409: 'The worker is disabled or paused' };
const JSON_TYPE = 'application/json';
const TEXT = { type: 'string' };

const read = (summary: string, more: Partial<RouteDescription> = {}): RouteDescription => ({
  summary,
  status: 200,
  contentType: JSON_TYPE,
  refusals: more.params === undefined ? NOBODY : { ...NOBODY, ...UNKNOWN },
  ...more,
});

const act = (summary: string, more: Partial<RouteDescription> = {}): RouteDescription => ({
  summary,
  fields: {},
  status: 202,
  contentType: JSON_TYPE,
  refusals: more.params === undefined ? NO_ACTION : { ...NO_ACTION, ...UNKNOWN },
  ...more,
});

export const ROUTE_DESCRIPTIONS: Readonly<Record<Routes, RouteDescription>> = {
  status: read('The orchestrator and all of its workers'),
  workers: read('All workers'),
  worker: read('A worker, its options and its latest runs', { params: NAME }),
  explain: read('Why a worker does not run, and how it came to run before', { params: NAME }),
  runs: read('Runs, newest first', {
    query: {
      worker: TEXT,
      state: TEXT,
      limit: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 },
    },
    refusals: { ...NOBODY, 400: 'A state or limit that cannot be' },
  }),
  run: read('A run', { params: ID }),
  graph: read('Workers, dependencies and conflicts', {
    query: { format: { type: 'string', enum: ['json', 'mermaid'] } },
  }),
  permissions: read('What the caller may do'),
  stream: read('A snapshot, then what changes, as server-sent events', {
    contentType: 'text/event-stream',
    refusals: { ...NOBODY, 429: 'Too many streams' },
  }),
  trigger: act('Accepts a run now', {
    params: NAME,
    fields: {
      payload: {},
      priority: { type: 'string', enum: ['LOW', 'NORMAL', 'HIGH', 'CRITICAL'] },
      delay: { oneOf: [{ type: 'integer' }, TEXT], description: "Milliseconds, or such as '30s'" },
      dedupeKey: { type: 'string', minLength: 1, maxLength: 256 },
    },
    refusals: { ...NO_ACTION, ...UNKNOWN, ...OFF },
  }),
  enable: act('Switches a worker on, and forgets its failures', { params: NAME }),
  disable: act('Switches a worker off', { params: NAME, fields: { reason: TEXT } }),
  pause: act('Holds a worker', { params: NAME }),
  resume: act('Lets a worker go on', { params: NAME }),
  cancel: act('Aborts a running attempt, or removes a waiting run', {
    params: ID,
    fields: { abandon: { type: 'boolean', default: false } },
  }),
  pauseAll: act('Holds everything'),
  resumeAll: act('Lets everything go on'),
};
