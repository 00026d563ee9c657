import { join } from 'node:path';
import { HOME } from './stack/folders.ts';
import type { System } from './system.ts';

/** Prints the addresses of a system that runs on the default home, and how a shell is connected to it. */
export function showSystem({ url, environment }: System, prometheus?: string): void {
  console.log(`
The monitor is at             ${url}/
Thunderline accepts events at ${url}/api/events/ml
MLflow shows the runs at      ${environment.MLFLOW_TRACKING_URI}${prometheus === undefined ? '' : `\nPrometheus is at              ${prometheus}/alerts`}
To connect a shell:           set -a; . ${join(HOME, 'env')}; set +a
Ctrl-C stops everything; the data stays.`);
}
