import { OrchestratorMetrics, OrchestratorMetricsModule } from 'nestjs-orchestrator/metrics';
import { boot, type Booted } from '../nest/module/boot.js';
import { readExposition, valuesOf, type Exposition } from './exposition.js';

export interface Scraped extends Booted {
  scrape(): Promise<Exposition>;
  /** Scrapes one metric: its values by labels, without those that are 0. */
  values(name: string): Promise<Record<string, number>>;
}

/** An application in virtual time, whose metrics are read as a scrape reads them. */
export async function bootScraped(
  options: Parameters<typeof OrchestratorMetricsModule.forRoot>[0] = {},
  metadata: Parameters<typeof boot>[0] = {},
): Promise<Scraped> {
  const booted = await boot({
    ...metadata,
    imports: [OrchestratorMetricsModule.forRoot(options), ...(metadata.imports ?? [])],
  });
  const metrics = booted.app.get(OrchestratorMetrics);
  const scrape = async (): Promise<Exposition> => readExposition(await metrics.render());
  return { ...booted, scrape, values: async (name) => valuesOf(await scrape(), name) };
}
