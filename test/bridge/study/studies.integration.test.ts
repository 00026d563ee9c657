import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { openProcessControl, type ProcessControl } from '../../../src/bridge/process/process-control.ts';
import { createStudies, STUDY_LIMITS, type Studies, type StudiesSettings } from '../../../src/bridge/study/studies.ts';
import { StudyRefused, StudyUnavailable } from '../../../src/bridge/study/study-error.ts';
import type { StudySpec } from '../../../src/bridge/study/study-spec.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { installTestPython } from '../../runner/python.ts';
import { query } from '../../support/query.ts';
import { createWorld } from '../../support/world.ts';

// A busy machine takes long to import Optuna.
jest.setTimeout(240_000);

const world = await createWorld();
const python = await installTestPython();
const telemetry = { log: createLog('silent'), metrics: createMetrics() };
const opened: Studies[] = [];
/** Marks the processes of this file. */
const mark = randomUUID();
const environment = { PATH: process.env.PATH ?? '', STUDIES_TEST: mark };
let control: ProcessControl;

beforeAll(async () => {
  const settings = { python, environment, pidNamespace: 'auto', leaseMs: 60_000, graceMs: 1_000, niceness: 0 } as const;
  control = await openProcessControl(settings, telemetry);
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((studies) => studies.close()));
  expect(studyProcesses()).toEqual([]);
});

afterAll(async () => {
  await control.close();
  await world.close();
});

const SPEC: StudySpec = {
  search_space: {
    learning_rate: { type: 'float', low: 1e-4, high: 0.1, log: true },
    n_layers: { type: 'int', low: 2, high: 6, step: 2 },
    optimizer: { type: 'categorical', choices: ['sgd', null, 3] },
    spectral_norm: { type: 'categorical', choices: [false, true], balanced: true },
  },
  metric: 'val_accuracy',
  direction: 'maximize',
  sampler: 'tpe',
  pruner: 'median',
  seed: 1,
};

function open(changes: Partial<StudiesSettings> = {}): Studies {
  const settings = { control, python, environment, databaseUrl: world.databaseUrl, ...STUDY_LIMITS, ...changes };
  const studies = createStudies(settings, telemetry);
  opened.push(studies);
  return studies;
}

const runOf = (modelRunId: string, spec = SPEC) => ({ modelRunId, spec });
const first = (trialId: string) => ({ trialId, number: null, again: false });

/** The study processes of this file, keepers left out. */
function studyProcesses(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const [program, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return (
          program?.includes('python') === true &&
          args[0] === '-m' &&
          args[1] === 'thunderline.worker.study' &&
          readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)
        );
      } catch {
        return false;
      }
    });
}

test('asks, reports and tells, and Optuna has the trials', async () => {
  const run = runOf('study');
  const studies = open();
  for (let index = 0; index < 6; index += 1) {
    const { number, params } = await studies.ask(run, first(`t${index}`));
    expect(number).toBe(index);
    expect(Object.keys(params).sort()).toEqual(['learning_rate', 'n_layers', 'optimizer', 'spectral_norm']);
    expect(params.spectral_norm).toBe(index % 2 === 1);
    const trial = { trialId: `t${index}`, number };
    expect(await studies.report(run, trial, 0, index < 5 ? 0.8 : 0.1)).toBe(index === 5);
    if (index === 0) expect(await studies.report(run, trial, 1, Number.NaN)).toBe(false);
    await studies.tell(run, trial, index < 5 ? { state: 'complete', value: index } : { state: 'pruned' });
    // Once more, as the sweep of untold trials does.
    await studies.tell(run, trial, { state: 'failed', error_type: 'x', error_message: 'x' });
  }
  const { rows } = await query(
    world.databaseUrl,
    `select t.number, t.state::text, a.value_json, v.value
       from optuna.trials t
       join optuna.studies s using (study_id)
       join optuna.trial_user_attributes a on a.trial_id = t.trial_id and a.key = 'trial_id'
       left join optuna.trial_values v on v.trial_id = t.trial_id
      where s.study_name = 'study' order by t.number`,
  );
  const complete = [0, 1, 2, 3, 4].map((number) => ({
    number,
    state: 'COMPLETE',
    value_json: `"t${number}"`,
    value: number,
  }));
  expect(rows).toEqual([...complete, { number: 5, state: 'PRUNED', value_json: '"t5"', value: 0.1 }]);
});

test('continues a lost trial on another bridge, with its number or without', async () => {
  const run = runOf('lost');
  const suggested = await open().ask(run, first('t'));
  const elsewhere = open();
  expect(await elsewhere.ask(run, { trialId: 't', number: suggested.number, again: false })).toEqual(suggested);
  expect(await open().ask(run, { ...first('t'), again: true })).toEqual(suggested);
});

test('gives trials that are asked for at once numbers of their own', async () => {
  const run = runOf('many');
  const [left, right] = [open(), open()];
  const asked = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? left : right).ask(run, first(`t${index}`))),
  );
  expect(asked.map(({ number }) => number).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(new Set(asked.map(({ params }) => params.learning_rate)).size).toBe(20);
});

test('starts the process again after it was killed, and asks for no trial twice', async () => {
  const run = runOf('killed');
  const studies = open();
  await studies.ask(run, first('t0'));
  const [pid = 0] = studyProcesses();
  // The call is already under way, or finds the process dead.
  process.kill(pid, 'SIGSTOP');
  const asking = studies.ask(run, first('t1'));
  process.kill(pid, 'SIGKILL');
  expect((await asking).number).toBe(1);
  expect((await studies.ask(run, first('t2'))).number).toBe(2);
  expect(studyProcesses()).toHaveLength(1);
});

test('ends a call that has no answer in time, and recovers', async () => {
  const run = runOf('hanging');
  // The process is started and asked once with time enough.
  const patient = open();
  const suggested = await patient.ask(run, first('t0'));
  await patient.close();
  const studies = open({ callTimeoutMs: 1 });
  await expect(studies.ask(run, { ...first('t0'), again: true })).rejects.toThrow(StudyUnavailable);
  await expect(studies.tell(run, { trialId: 't0', number: 0 }, { state: 'pruned' })).rejects.toThrow('within 1 ms');
  expect(await studies.report(run, { trialId: 't0', number: 0 }, 0, 1)).toBe(false);
  expect(await open().ask(run, { ...first('t0'), again: true })).toEqual(suggested);
});

test('refuses a call that can never succeed, and stays available', async () => {
  const studies = open();
  await studies.ask(runOf('refused'), first('t0'));
  const other = runOf('refused', { ...SPEC, direction: 'minimize' });
  await expect(studies.ask(other, first('t1'))).rejects.toThrow(StudyRefused);
  await expect(studies.ask(other, first('t1'))).rejects.toThrow('Use another model_run_id');
  expect((await studies.ask(runOf('refused'), first('t1'))).number).toBe(1);
});

test('names what is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'studies-'));
  try {
    const bare = join(folder, 'python');
    writeFileSync(bare, `#!/bin/sh\nexec ${python} -S "$@"\n`);
    chmodSync(bare, 0o755);
    await expect(open({ python: bare }).ask(runOf('r'), first('t'))).rejects.toThrow('install optuna and psycopg2');
    await expect(open({ python: join(folder, 'none') }).ask(runOf('r'), first('t'))).rejects.toThrow(StudyUnavailable);
    const databaseUrl = `${world.databaseUrl}_missing`;
    await expect(open({ databaseUrl }).ask(runOf('r'), first('t'))).rejects.toThrow('does not exist');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('limits the calls that wait', async () => {
  const studies = open({ maxWaiting: 3 });
  const asked = await Promise.allSettled(['a', 'b', 'c', 'd'].map((id) => studies.ask(runOf('full'), first(id))));
  expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
});

test('rejects the calls that wait when it closes', async () => {
  const studies = open();
  await studies.ask(runOf('closing'), first('t0'));
  const asking = Promise.allSettled(['t1', 't2', 't3'].map((id) => studies.ask(runOf('closing'), first(id))));
  await studies.close();
  const last = (await asking).at(-1);
  expect(last).toMatchObject({ status: 'rejected', reason: expect.any(StudyUnavailable) });
  await expect(studies.ask(runOf('closing'), first('t4'))).rejects.toThrow(StudyUnavailable);
});
