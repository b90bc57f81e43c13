import { useEffect, useState } from 'preact/hooks';
import { api } from '../api/api.js';
import type { WorkerDetails } from '../api/shapes.js';
import { connection, graph } from '../state/board.js';

/** Options and past runs of a worker; asked again where its options may have changed. */
export function useDetails(name: string): WorkerDetails | undefined {
  const [details, setDetails] = useState<WorkerDetails>();
  useEffect(() => {
    let isCurrent = true;
    api.worker(name).then(
      (answer) => isCurrent && setDetails(answer),
      () => isCurrent && setDetails(undefined),
    );
    return () => void (isCurrent = false);
  }, [name, graph.value, connection.value.state === 'live']);
  return details?.worker.name === name ? details : undefined;
}
