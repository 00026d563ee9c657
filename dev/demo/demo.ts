import { setTimeout as delay } from 'node:timers/promises';
import { createKeyedMutex } from '../machine/keyed-mutex.ts';
import { createProgress, type Progress, seconds } from '../machine/progress.ts';
import { readFlags } from '../machine/read-flags.ts';
import { installPython, isPythonInstalled } from '../parts/python.ts';
import { showSystem } from '../show-system.ts';
import { HOME, PARTS_FOLDER } from '../stack/folders.ts';
import { createInstaller } from '../stack/installer.ts';
import { untilStopped } from '../stack/until-stopped.ts';
import { type System, startSystem } from '../system.ts';
import { dispatchStudy, TRIALS } from './dispatched-study.ts';
import { printStudy } from './study-report.ts';
import { openStudy, type Study } from './study-rows.ts';

const STUDY_TIMEOUT_MS = 600_000;
const POLL_MS = 250;

const { exit: stopsAfterwards } = readFlags('npm run demo', ['exit']);

/**
 * `npm run demo`: starts the same system as `npm start`, dispatches a study of ten trials through the bridge, and prints their
 * rows in Postgres. The system then stays up; with `--exit` it stops, with exit code 0 only if every trial is complete.
 */
await untilStopped(async (signal) => {
  const progress = createProgress(process.stdout);
  const tools = isPythonInstalled(PARTS_FOLDER) ? [] : (['python'] as const);
  const options = { home: HOME, parts: PARTS_FOLDER, environment: process.env, progress, signal, tools };
  // The interpreter of the workers; that of MLflow too, unless MLflow runs elsewhere.
  await installPython(createInstaller('python', { ...options, mutex: createKeyedMutex() }));
  const system = await startSystem(options, { LOG_LEVEL: 'error' });
  try {
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
  if (stopsAfterwards) {
    await system.stop();
    console.log('\nEvery trial is complete. The system has stopped; the data stays, and "npm start" serves it again.');
    return undefined;
  }
  showSystem(system);
  return system;
});

/** Dispatches the study and waits until all rows of its trials exist; the progress display shows the content of the rows. */
async function runStudy(run: string, system: System, progress: Progress, signal: AbortSignal): Promise<Study> {
  const study = openStudy(system.environment.DATABASE_URL ?? '', run);
  try {
    const started = Date.now();
    await dispatchStudy(system, run);
    const broken = system.failed.then((error) => Promise.reject(error));
    await Promise.race([completed(study, progress, signal), broken]);
    progress.report('trials', `${TRIALS} completed in ${seconds(Date.now() - started)}`, true);
    return study;
  } catch (error) {
    await study.close();
    throw error;
  }
}

async function completed(study: Study, progress: Progress, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + STUDY_TIMEOUT_MS;
  let shown = '';
  for (;;) {
    const { completed, summary, missing, failed } = await study.state();
    if (missing === undefined) return;
    if (failed !== undefined) throw new Error(failed);
    if (Date.now() > deadline) {
      throw new Error(`The study is not complete after ${STUDY_TIMEOUT_MS / 1000} s: ${missing}.`);
    }
    // A terminal shows every point; a log gets one line for each trial.
    const key = process.stdout.isTTY ? summary : String(completed);
    if (key !== shown) progress.report('trials', summary);
    shown = key;
    await delay(POLL_MS);
    signal.throwIfAborted();
  }
}
