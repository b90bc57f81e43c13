import type { Done, Explanation, Graph, Permissions, WorkerDetails } from './shapes.js';

/** The script stands in `assets/`, beside which are the routes, whatever the path that the page is mounted at. */
const SCRIPT = import.meta.url;
const API = new URL('../api/', SCRIPT);

export type WorkerAction = 'enable' | 'disable' | 'pause' | 'resume';

export interface Trigger {
  readonly payload?: unknown;
  readonly priority?: string;
  readonly delay?: string;
  readonly dedupeKey?: string;
}

/** What the server refused, and why. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export function urlOf(...segments: readonly string[]): URL {
  return new URL(segments.map(encodeURIComponent).join('/'), API);
}

/** Any name at all: as part of the path it would meet browsers that resolve `..`, and routers that know a longest one. */
function urlOfWorker(name: string, ...segments: readonly string[]): URL {
  const url = urlOf('workers', '~', ...segments);
  url.searchParams.set('name', name);
  return url;
}

export const api = {
  permissions: () => get<Permissions>(urlOf('permissions')),
  graph: () => get<Graph>(urlOf('graph')),
  worker: (name: string) => get<WorkerDetails>(urlOfWorker(name)),
  explain: (name: string) => get<Explanation>(urlOfWorker(name, 'explain')),
  trigger: (name: string, trigger: Trigger) => post<Done>(urlOfWorker(name, 'trigger'), trigger),
  control: (name: string, action: WorkerAction) => post<Done>(urlOfWorker(name, action), {}),
  cancel: (id: string, abandon: boolean) => post<Done>(urlOf('runs', id, 'cancel'), { abandon }),
  pauseAll: () => post<Done>(urlOf('pause'), {}),
  resumeAll: () => post<Done>(urlOf('resume'), {}),
};

async function get<Answer>(url: URL): Promise<Answer> {
  return answerOf(await fetch(url, { headers: { accept: 'application/json' } }));
}

async function post<Answer>(url: URL, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'x-requested-with': 'orchestrator' };
  return answerOf(await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }));
}

async function answerOf<Answer>(response: Response): Promise<Answer> {
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body as Answer;
  const { code = '', message = '' } = Object(body) as { code?: unknown; message?: unknown };
  throw new RefusedError(response.status, String(code), String(message));
}
