import type { CanActivate, ExecutionContext, ModuleMetadata, Type } from '@nestjs/common';
import { OptionsError } from '../index.js';

/** Looking, starting runs, and changing what runs: three permissions. @publicApi */
export type AdminAction = 'read' | 'trigger' | 'control';

/** What a request is about, for {@link OrchestratorAdminOptions.authorize}. @publicApi */
export interface AdminRequestDetails {
  /** The route: `status`, `workers`, `explain`, `trigger`, `disable`, `cancel`, … */
  readonly operation: string;
  /** As the request names it: it need not exist. */
  readonly worker?: string;
  readonly runId?: string;
}

/** `true`, or who it is, lets the request pass; everything else refuses it. @publicApi */
export type AdminGrant = boolean | { readonly who: string };

/** One action that somebody took, or was refused. @publicApi */
export interface AdminAuditRecord extends AdminRequestDetails {
  readonly at: Date;
  /** As `authorize` said, or the address of the peer. */
  readonly who: string;
  readonly action: Exclude<AdminAction, 'read'>;
  readonly outcome: 'done' | 'refused' | 'failed';
  /** Why it was refused, or failed. */
  readonly code?: string;
}

/** What may come from other providers, by `forRootAsync()`. @publicApi */
export interface OrchestratorAdminBehaviour {
  /**
   * Decides about each request, after the guards. `who` stands in the audit records. An `HttpException` that it throws
   * is the answer; whatever else it throws refuses the request, and is logged.
   *
   * @default none: read-only behind `guards`; without them, loopback callers only, and no boot in production
   */
  readonly authorize?: (
    context: ExecutionContext,
    action: AdminAction,
    details: AdminRequestDetails,
  ) => AdminGrant | Promise<AdminGrant>;

  /**
   * Whether the messages of errors are shown: of failed runs, of the engine, and why a worker skipped its run. Without
   * what looks like a secret, at most 300 characters. Whoever may read reads them.
   *
   * @default false: the names of errors alone
   */
  readonly showErrors?: boolean;

  /** The last word on each text that workers and operators wrote: error, reason, progress. @default as it is */
  readonly redact?: (text: string) => string;

  /**
   * Is told of each action, done or refused, besides the log line that it gets anyway. A failure of this is logged.
   *
   * @default none
   */
  readonly audit?: (record: AdminAuditRecord) => void | Promise<void>;

  /** Actions that a caller may take in a minute, and at once. @default 120 */
  readonly actionsPerMinute?: number;
}

/** What must be known before the application's providers are. @publicApi */
export interface OrchestratorAdminMount {
  /** Where the routes stand, below the application's global prefix. @default 'orchestrator/api' */
  readonly path?: string;
  /** Who gets in at all: whoever these let through. They apply besides the global ones. @default none */
  readonly guards?: readonly (CanActivate | Type<CanActivate>)[];
  /** Modules of the providers that the guards need. @default none */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
}

/** Options of {@link OrchestratorAdminModule}. @publicApi */
export type OrchestratorAdminOptions = OrchestratorAdminBehaviour & OrchestratorAdminMount;

const PLACE = 'OrchestratorAdminModule';
const BEHAVIOUR: readonly string[] = [
  'authorize',
  'showErrors',
  'redact',
  'audit',
  'actionsPerMinute',
] satisfies (keyof OrchestratorAdminBehaviour)[];
const MOUNT: readonly string[] = [
  'path',
  'guards',
  'imports',
] satisfies (keyof OrchestratorAdminMount)[];

/** Nest's. */
const FACTORY = ['useFactory', 'useClass', 'useExisting', 'inject', 'provideInjectionTokensFrom'];

/** @throws OptionsError where one makes no sense: `'false'` from the environment would show every error */
export function assertBehaviour(given: unknown): asserts given is OrchestratorAdminBehaviour {
  const options = objectOf(given);
  for (const option of MOUNT) {
    const value = options[option];
    if (value !== undefined) throw wrong(option, value, 'give it beside useFactory');
  }
  // A provider that is the options has fields of its own.
  const prototype: unknown = Object.getPrototypeOf(options);
  if (prototype === Object.prototype || prototype === null) assertKnown(options);
  for (const option of ['authorize', 'redact', 'audit']) {
    const value = options[option];
    if (value !== undefined && typeof value !== 'function')
      throw wrong(option, value, 'use a function');
  }
  const { showErrors, actionsPerMinute } = options;
  if (showErrors !== undefined && typeof showErrors !== 'boolean') {
    throw wrong('showErrors', showErrors, 'use true or false');
  }
  const isCount = Number.isSafeInteger(actionsPerMinute) && (actionsPerMinute as number) >= 1;
  if (actionsPerMinute !== undefined && !isCount) {
    throw wrong('actionsPerMinute', actionsPerMinute, 'use a whole number, at least 1');
  }
}

/** @throws OptionsError: a misspelt `authorize` would let everybody in */
export function assertKnown(given: unknown, known = [...BEHAVIOUR, ...MOUNT]): void {
  for (const [option, value] of Object.entries(objectOf(given))) {
    if (!known.includes(option)) throw wrong(option, value, `there are ${known.join(', ')}`);
  }
}

/** @throws OptionsError: misspelt `guards` would let everybody in, as would an `authorize` that nobody asks */
export function assertAsync(given: unknown): void {
  assertKnown(given, [...FACTORY, ...MOUNT]);
  assertMount(given);
}

/** @throws OptionsError */
export function assertMount(given: unknown): void {
  const { path, guards } = objectOf(given);
  if (path !== undefined && !isPath(path)) {
    throw wrong('path', path, "use the path of the routes, such as 'orchestrator/api'");
  }
  if (guards !== undefined && !Array.isArray(guards)) {
    throw wrong('guards', guards, 'use a list of guards');
  }
}

/** @throws OptionsError of a module that has routes only with `forRoot()` */
export function assertForRoot(module: string, path: unknown): void {
  if (path === undefined)
    throw new OptionsError(module, 'options', path, `import ${module}.forRoot()`);
}

/** @throws OptionsError where the whole network could do as it likes */
export function assertGuarded(
  { authorize }: OrchestratorAdminBehaviour,
  hasGuards: boolean,
  environment: string | undefined,
): void {
  if (environment !== 'production' || hasGuards || authorize !== undefined) return;
  throw wrong(
    'authorize',
    authorize,
    'in production, give authorize, or guards: else anybody could control the workers',
  );
}

/** @throws OptionsError where several imports have the same routes */
export function assertAlone(path: string | undefined, imports: number): void {
  if (imports <= 1) return;
  throw wrong(
    'path',
    path,
    'it is imported twice there, and only one import could say who is let in: the dashboard brings these routes with it',
  );
}

function objectOf(given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    return given as Record<string, unknown>;
  }
  throw wrong('options', given, 'give an object to forRoot(), or return one to forRootAsync()');
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && /^\/?[\w.~-]+(?:\/[\w.~-]+)*\/?$/.test(value);
}

function wrong(option: string, value: unknown, remedy: string): OptionsError {
  return new OptionsError(PLACE, option, value, remedy);
}
