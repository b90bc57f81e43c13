import { bullmq } from 'nestjs-orchestrator/bullmq';
import { orchestrated } from '../orchestrated.js';

const [connection = '', prefix = '', lease] = process.argv.slice(2);

/** To the process that measures: who leads, as seen from here, or that a run has begun. */
export type Told = { readonly leader: string } | 'began';

const tell = (told: Told): void => void process.send?.(told);

const { service } = await orchestrated(
  { engine: bullmq({ connection, prefix, lease: Number(lease) }) },
  (declaring) => declaring.registerWorker('beat', () => tell('began'), { interval: 100 }),
);
service.events.subscribe((event) => {
  if (event.type === 'leader.elected') tell({ leader: event.replica });
});
// It may have been elected before anybody here listened.
const { fleet } = await service.getStatus();
if (fleet?.leader) tell({ leader: fleet.leader });
