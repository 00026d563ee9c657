import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { locateProgram, usableInterpreter } from '../../bridge/process/interpreter.ts';
import { openProcessControl } from '../../bridge/process/process-control.ts';
import { openWorkers } from '../../bridge/worker/open-workers.ts';
import { runStarted } from '../../bridge/worker/payload.ts';
import { pythonError } from '../../bridge/worker/python-error.ts';
import { locateScript } from '../../bridge/worker/script.ts';
import { createLog } from '../../log.ts';
import { createMetrics } from '../../metrics.ts';
import { type Check, type CheckContext, type Finding, fail, pass, warn } from './check.ts';

const silent = () => ({ log: createLog('silent'), metrics: createMetrics() });

export const interpreter: Check = {
  title: 'interpreter',
  remedy: 'set CEREBROS_PYTHON to Python 3.10 or later',
  timeoutMs: 30_000,
  async run({ config, workerEnvironment }) {
    const { python } = config.bridge;
    const beganAtMs = performance.now();
    const { executable, version } = await usableInterpreter(python, workerEnvironment);
    const startMs = Math.round(performance.now() - beganAtMs);
    const path = (await locateProgram(python, workerEnvironment.PATH ?? '')) ?? python;
    const found = `Python ${version} at ${path}, starts in ${startMs} ms`;
    if (!(await isShellScript(path))) return pass(found);
    return warn(`${found}, a wrapper of ${executable}`, `set CEREBROS_PYTHON=${executable}, which starts faster`);
  },
};

async function isShellScript(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString('latin1') === '#!';
  } finally {
    await file.close();
  }
}

export const script: Check = {
  title: 'script',
  remedy: 'set CEREBROS_SCRIPT_PATH and CEREBROS_REPO_PATH to paths that exist',
  timeoutMs: 10_000,
  async run({ config, workerEnvironment }) {
    const located = await locateScript(config.bridge, workerEnvironment.PATH ?? '');
    if (!located.ok) return fail(located.why, this.remedy);
    return pass(`${located.script.path} in ${located.script.directory}`);
  },
};

export const processControl: Check = {
  title: 'process control',
  remedy: 'set CEREBROS_PYTHON to Python 3.10 or later',
  timeoutMs: 30_000,
  async run({ config, workerEnvironment }) {
    const settings = { ...config.bridge, environment: workerEnvironment, leaseMs: 0 };
    const control = await openProcessControl(settings, silent());
    try {
      const { kind, described } = await control.isolation();
      if (kind === 'namespace') return pass(`a PID namespace for each worker (${described})`);
      const remedy =
        process.platform === 'linux'
          ? 'permit PID namespaces if you can: then the kernel ends all processes of a worker at once'
          : 'run the bridge on Linux: elsewhere only the process group of a worker is ended';
      return warn(`no PID namespaces (${described}); keepers kill the processes of a worker one by one`, remedy);
    } finally {
      await control.close();
    }
  },
};

const run = promisify(execFile);

export const study: Check = {
  title: 'studies',
  remedy:
    'set BRIDGE_STUDY_PYTHON to an interpreter that has optuna and psycopg2; trials that state their hyperparameters need none',
  timeoutMs: 60_000,
  async run({ config, workerEnvironment: env }) {
    const { studyPython } = config.queue;
    const { executable } = await (studyPython === undefined
      ? usableInterpreter(config.bridge.python, env)
      : usableInterpreter(studyPython, env, 'BRIDGE_STUDY_PYTHON'));
    try {
      const program = 'import optuna, psycopg2; print(optuna.__version__)';
      // A process that hangs must not stay after the check has given up.
      const { stdout } = await run(executable, ['-c', program], { env, timeout: this.timeoutMs });
      return pass(`Optuna ${stdout.trim()} of ${executable}`);
    } catch (error) {
      const reason = pythonError((error as { readonly stderr?: string }).stderr ?? '');
      return warn(`${executable}: ${reason?.message ?? (error as Error).message}`, this.remedy);
    }
  },
};

/** The run of the dry call. */
const DRY_RUN = 'thunderline-validate';
const DRY_CALL_MS = 60_000;

export const dryCall: Check = {
  title: 'dry call',
  remedy: 'run the script by hand as docs/bridge-contract.md describes',
  timeoutMs: DRY_CALL_MS + 30_000,
  run: callScript,
};

async function callScript({ config, workerEnvironment: environment }: CheckContext): Promise<Finding> {
  const settings = { ...config.bridge, workers: 1, gpus: config.bridge.gpus.slice(0, 1), startMs: DRY_CALL_MS };
  const workers = await openWorkers(settings, { environment, leaseMs: 0 }, silent());
  try {
    const run = { runId: DRY_RUN, correlationId: DRY_RUN, trials: null, parallelism: null, searchSpace: null };
    const outcome = await workers.run(
      {
        commandId: DRY_RUN,
        op: 'start_run',
        modelRunId: DRY_RUN,
        correlationId: DRY_RUN,
        attempt: 1,
        payload: runStarted({ ...run, spectralNorm: 'both', parameters: { dry_run: true } }),
        timeoutMs: DRY_CALL_MS,
      },
      new AbortController().signal,
    );
    const took = `start_run took ${outcome.durationMs} ms (BRIDGE_MODE=${config.bridge.mode})`;
    if (outcome.kind === 'failed') {
      const lastLine = outcome.output.trimEnd().split('\n').at(-1) ?? '';
      const printed = lastLine === '' || outcome.message.includes(lastLine) ? '' : `; its last output: ${lastLine}`;
      return fail(`${outcome.reason}: ${outcome.message}${printed}`, dryCall.remedy);
    }
    const { timeoutMs } = config.queue;
    if (config.bridge.mode === 'oneshot' && outcome.durationMs > timeoutMs / 2) {
      const share = `${took}, and a trial that states no time has ${timeoutMs} ms for its imports and its work`;
      return warn(share, 'set BRIDGE_MODE=warm, or raise BRIDGE_TIMEOUT_MS');
    }
    const [warning] = outcome.warnings;
    return warning === undefined ? pass(took) : warn(`${took}, with a warning: ${warning}`, 'see the warning');
  } finally {
    await workers.close();
  }
}
