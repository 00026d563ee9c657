import { join } from 'node:path';
import { HOME, PARTS_FOLDER } from './stack/folders.ts';
import { createProgress } from './stack/progress.ts';
import { untilStopped } from './stack/until-stopped.ts';
import { startSystem } from './system.ts';

/** `npm start`: every part that does not run elsewhere, and all roles in this process, until Ctrl-C. */
await untilStopped(async (signal) => {
  const progress = createProgress(process.stdout);
  const options = { home: HOME, parts: PARTS_FOLDER, environment: process.env, progress, signal };
  const system = await startSystem(options, { LOG_LEVEL: 'warn' });
  progress.end();
  console.log(`
Thunderline accepts events at ${system.url}/api/events/ml
MLflow shows the runs at      ${system.environment.MLFLOW_TRACKING_URI}
To connect a shell:           set -a; . ${join(HOME, 'env')}; set +a
Ctrl-C stops everything; the data stays.`);
  return system;
});
