import { join } from 'node:path';
import { pythonProgram } from '../parts/python.ts';
import { bareEnvironment } from '../stack/bare-environment.ts';
import { PROJECT } from '../stack/folders.ts';
import { startGuarded } from '../stack/guard.ts';
import { groupsFolder } from '../stack/home.ts';
import { logTail } from '../stack/log-tail.ts';
import type { System } from '../system.ts';

/** The number of trials in workers/demo/study.py. */
export const TRIALS = 10;

/** Processes at the same time; each runs its share of the trials in turn, because importing mlflow takes seconds of a core. */
const PROCESSES = 2;

export interface TrainingLoops {
  /** Resolves when all loops have succeeded; rejects with the log of the first that failed. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Starts the loops of workers/demo, which report to the gateway and log to MLflow. */
export function startTrainingLoops(home: string, parts: string, system: System, run: string): TrainingLoops {
  const loops = Array.from({ length: PROCESSES }, (_, index) => {
    const name = `demo-${index + 1}`;
    return startGuarded({
      file: pythonProgram(parts),
      args: [
        join(PROJECT, 'workers/demo'),
        `--thunderline-url=${system.url}`,
        `--model-run-id=${run}`,
        `--share=${index}/${PROCESSES}`,
      ],
      environment: bareEnvironment(process.env, {
        MLFLOW_TRACKING_URI: system.environment.MLFLOW_TRACKING_URI,
        MLFLOW_DISABLE_TELEMETRY: 'true',
        GIT_PYTHON_REFRESH: 'quiet',
        // Two processes on small matrices: more threads would only wait for each other.
        OPENBLAS_NUM_THREADS: '1',
      }),
      cwd: home,
      logPath: join(home, 'logs', `${name}.log`),
      pidFile: join(groupsFolder(home), `${name}.json`),
      graceSeconds: 1,
    });
  });
  const ended = Promise.all(
    loops.map(async (loop) => {
      const end = await loop.exited;
      if (end === 'exit code 0') return;
      throw new Error(`A training loop failed (${end}); the end of ${loop.logPath}:\n${logTail(loop.logPath)}`);
    }),
  ).then(() => undefined);
  ended.catch(() => {});
  return { ended, stop: async () => void (await Promise.all(loops.map((loop) => loop.stop()))) };
}
