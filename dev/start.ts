import { createProgress } from './machine/progress.ts';
import { readFlags } from './machine/read-flags.ts';
import { showSystem } from './show-system.ts';
import { writeEnvFile } from './stack/env-file.ts';
import { HOME, PARTS_FOLDER } from './stack/folders.ts';
import { freePort } from './stack/ports.ts';
import type { StackOptions } from './stack/stack.ts';
import { untilStopped } from './stack/until-stopped.ts';
import { type System, startSystem } from './system.ts';
import { startWatch } from './watch/start-watch.ts';

const { watch: isWatched } = readFlags('npm start', ['watch']);

/**
 * `npm start`: every part that does not run elsewhere, and all roles in this process, until Ctrl-C. `npm start -- --watch` adds
 * Prometheus with the rules of deploy/.
 */
await untilStopped(async (signal) => {
  const progress = createProgress(process.stdout);
  const tools = isWatched ? (['prometheus'] as const) : [];
  const options = { home: HOME, parts: PARTS_FOLDER, environment: process.env, progress, signal, tools };
  if (!isWatched) return startShown(options);
  const metricsPort = process.env.METRICS_PORT || String(await freePort(9_464));
  const system = await startSystem(options, { LOG_LEVEL: 'warn', METRICS_PORT: metricsPort });
  try {
    const watch = await startWatch({ ...options, thunderline: `127.0.0.1:${metricsPort}` });
    writeEnvFile(HOME, { ...system.environment, PROMETHEUS_URL: watch.url });
    progress.end();
    showSystem(system, watch.url);
    return {
      failed: Promise.race([system.failed, watch.failed]),
      async stop() {
        await watch.stop();
        await system.stop();
      },
    };
  } catch (error) {
    await system.stop();
    throw error;
  }
});

async function startShown(options: StackOptions): Promise<System> {
  const system = await startSystem(options, { LOG_LEVEL: 'warn' });
  options.progress.end();
  showSystem(system);
  return system;
}
