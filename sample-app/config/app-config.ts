import { resolve } from 'node:path';
import type { OrchestratorOptions } from 'nestjs-orchestrator';
import { EnvironmentReader } from './environment-reader.js';

/** What the environment says, read once. */
export class AppConfig {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** The store that several processes of this application share; without it there is one process. */
  readonly engineUrl: string | undefined;
  /** How long single samples are kept; their summaries are kept a hundred times as long. */
  readonly retentionMs: number;
  readonly probeUrls: readonly string[];
  readonly deadUrl: string | undefined;
  /** Without it nobody can trigger a worker over HTTP. */
  readonly triggerKey: string | undefined;
  readonly workerOverrides: NonNullable<OrchestratorOptions['overrides']>;
  readonly isVerbose: boolean;

  /** @throws EnvironmentError that names everything that is wrong */
  constructor(environment: NodeJS.ProcessEnv) {
    const read = new EnvironmentReader(environment);
    this.port = read.wholeNumber('PORT', { from: 0, to: 65_535, otherwise: 3000 });
    this.host = read.text('HOST') ?? '127.0.0.1';
    this.dataDir = resolve(read.text('DATA_DIR') ?? 'data');
    this.engineUrl = read.storeUrl('ENGINE');
    this.retentionMs =
      read.wholeNumber('RETENTION_MINUTES', { from: 2, to: 100_000, otherwise: 60 }) * 60_000;
    this.probeUrls = read.urls('PROBE_URLS');
    this.deadUrl = read.urls('DEAD_URL')[0];
    this.triggerKey = read.text('TRIGGER_KEY');
    this.workerOverrides = read.jsonObject('WORKER_OVERRIDES');
    this.isVerbose = read.text('VERBOSE') !== undefined;
    read.finish();
  }
}
