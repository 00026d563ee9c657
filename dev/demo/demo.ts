import { setTimeout as delay } from 'node:timers/promises';
import { installPython, isPythonInstalled } from '../parts/python.ts';
import { HOME, PARTS_FOLDER } from '../stack/folders.ts';
import { createInstaller } from '../stack/installer.ts';
import { createKeyedMutex } from '../stack/keyed-mutex.ts';
import { createProgress, type Progress, seconds } from '../stack/progress.ts';
import { untilStopped } from '../stack/until-stopped.ts';
import { type System, startSystem } from '../system.ts';
import { printStudy } from './study-report.ts';
import { openStudy, type Study } from './study-rows.ts';
import { startTrainingLoops, TRIALS, type TrainingLoops } from './training-loops.ts';

const LOOPS_TIMEOUT_MS = 600_000;
const ROWS_TIMEOUT_MS = 60_000;
const POLL_MS = 250;

/**
 * `npm run demo`: starts the same system as `npm start`, runs ten real training loops in Python, and prints the rows of their
 * events in Postgres. The system then stays up; with `--exit` it stops, with exit code 0 only if every trial is complete.
 */
await untilStopped(async (signal) => {
  const progress = createProgress(process.stdout);
  const tools = isPythonInstalled(PARTS_FOLDER) ? [] : (['python'] as const);
  const options = { home: HOME, parts: PARTS_FOLDER, environment: process.env, progress, signal, tools };
  const system = await startSystem(options, { LOG_LEVEL: 'error' });
  try {
    // Installed already, unless MLflow runs elsewhere.
    await installPython(createInstaller('python', { ...options, mutex: createKeyedMutex() }));
    const run = `demo-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}`;
    const study = await runStudy(run, system, progress, signal);
    progress.end();
    await printStudy(study, system.environment);
    await study.close();
  } catch (error) {
    progress.end();
    await system.stop();
    throw error;
  }
  if (process.argv.includes('--exit')) {
    await system.stop();
    console.log('\nEvery trial is complete. The system has stopped; the data stays, and "npm start" serves it again.');
    return undefined;
  }
  console.log(`
Thunderline accepts events at ${system.url}/api/events/ml
MLflow shows the runs at      ${system.environment.MLFLOW_TRACKING_URI}
Ctrl-C stops everything; the data stays.`);
  return system;
});

/** Runs the loops and waits until all rows of their events exist; the progress display shows the content of the rows. */
async function runStudy(run: string, system: System, progress: Progress, signal: AbortSignal): Promise<Study> {
  const study = openStudy(system.environment.DATABASE_URL ?? '', run);
  const loops = startTrainingLoops(HOME, PARTS_FOLDER, system, run);
  try {
    const started = Date.now();
    const broken = system.failed.then((error) => Promise.reject(error));
    await Promise.race([arrived(study, loops, progress, signal), broken]);
    progress.report('trials', `${TRIALS} completed in ${seconds(Date.now() - started)}`, true);
    return study;
  } catch (error) {
    await study.close();
    throw error;
  } finally {
    await loops.stop();
  }
}

async function arrived(study: Study, loops: TrainingLoops, progress: Progress, signal: AbortSignal): Promise<void> {
  let deadline = Date.now() + LOOPS_TIMEOUT_MS;
  let ended = false;
  const ending = loops.ended.then(() => {
    ended = true;
    deadline = Date.now() + ROWS_TIMEOUT_MS;
  });
  let shown = '';
  for (;;) {
    const { completed, summary, missing } = await study.state();
    if (ended && missing === undefined) return;
    if (Date.now() > deadline) {
      const limit = ended ? `${ROWS_TIMEOUT_MS / 1000} s after their end` : `${LOOPS_TIMEOUT_MS / 1000} s`;
      throw new Error(`Some events of the training loops did not become rows within ${limit}: ${missing}.`);
    }
    // A terminal shows every point; a log gets one line for each trial.
    const key = process.stdout.isTTY ? summary : String(completed);
    if (key !== shown) progress.report('trials', summary);
    shown = key;
    // A failed loop ends the wait at once.
    await (ended ? delay(POLL_MS) : Promise.race([delay(POLL_MS), ending]));
    signal.throwIfAborted();
  }
}
