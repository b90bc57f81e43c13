import { Injectable } from '@nestjs/common';
import { Worker, type RunContext } from 'nestjs-orchestrator';
import type { ProbeResult } from '../probes/probe-result.js';
import type { Measure, RollUp, Summary } from '../samples/sample.js';
import { mean } from '../samples/summarise.js';
import { Database } from '../storage/database.js';
import { ReportFiles } from './report-files.js';
import { readReportRequest } from './report-request.js';
import type { EndpointReport } from './report.js';

@Injectable()
export class WriteReportWorker {
  constructor(
    private readonly database: Database,
    private readonly files: ReportFiles,
  ) {}

  /** @returns the path of the report */
  @Worker({
    name: 'write-report',
    description: 'writes a report of the last minutes, whenever it is triggered',
    maxPending: 20,
    // A wrong request says nothing about the worker.
    maxConsecutiveFailures: 0,
  })
  async write(run: RunContext): Promise<string> {
    const { minutes } = readReportRequest(run.payload);
    const to = new Date();
    const from = new Date(to.getTime() - minutes * 60_000);

    run.progress(0.1, 'reading what was measured');
    const rollUps = await this.database.rollUps.since(from.getTime());
    run.progress(0.4, 'reading what was probed');
    const probes = await this.database.probes.since(from.getTime());
    const incidents = await this.database.incidents.since(from.getTime());
    run.progress(0.8, 'writing');
    return this.files.write({
      id: run.runId,
      from,
      to,
      machine: {
        cpu: overall(rollUps, 'cpu'),
        memory: overall(rollUps, 'memory'),
        disk: overall(rollUps, 'disk'),
        load: overall(rollUps, 'load'),
      },
      endpoints: byEndpoint(probes),
      incidents,
    });
  }
}

function overall(rollUps: readonly RollUp[], measure: Measure): Summary {
  return {
    mean: mean(rollUps.map((rollUp) => rollUp[measure].mean)),
    peak: Math.max(0, ...rollUps.map((rollUp) => rollUp[measure].peak)),
  };
}

function byEndpoint(probes: readonly ProbeResult[]): EndpointReport[] {
  return [...new Set(probes.map(({ url }) => url))].map((url) => {
    const own = probes.filter((probe) => probe.url === url);
    return {
      url,
      probes: own.length,
      availability: own.filter(({ isUp }) => isUp).length / own.length,
      meanDurationMs: mean(own.map(({ durationMs }) => durationMs)),
    };
  });
}
