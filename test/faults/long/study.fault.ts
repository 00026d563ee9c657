import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { program } from '../../bridge/support/python.ts';
import { installTestPython } from '../../runner/python.ts';
import { until } from '../../support/until.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { terminalEvents } from '../harness/terminal-events.ts';

const TRIALS = 100;
const PATIENCE_MS = 240_000;

let world: FaultWorld;
beforeAll(async () => {
  world = await createFaultWorld({
    CEREBROS_PYTHON: await installTestPython(),
    CEREBROS_SCRIPT_PATH: program('study_worker.py'),
    BRIDGE_MODE: 'warm',
    BRIDGE_WORKERS: '2',
    // A killed bridge is declared dead soon.
    BRIDGE_LEASE_MS: '5000',
  });
  await (await world.start(['gateway', 'commands', 'router', 'postgres'])).ready();
});
afterAll(() => world.close());

const trialName = (index: number): string => `trial_${String(index).padStart(3, '0')}`;
const count = async (sql: string, ...values: readonly unknown[]): Promise<number> =>
  Number((await world.query(sql, values)).rows[0].count);

async function startStudy(run: string, n_trials: number, pause: number): Promise<void> {
  const answer = await fetch(`${world.gatewayUrl}/api/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model_run_id: run,
      n_trials,
      search_space: { x: { type: 'float', low: 0, high: 1 } },
      payload: { pause },
    }),
  });
  expect(answer.status).toBe(202);
}

/** Waits until every trial has completed, and compares the trials with those of Optuna. */
async function completesAndAgrees(run: string, trials: number): Promise<void> {
  const told = `select count(*) from bridge_trials where model_run_id = $1 and state = 'ended' and told and published`;
  await until(
    'every trial has ended and the study has it',
    PATIENCE_MS,
    async () => (await count(told, run)) === trials,
  );
  const terminal = `select count(*) from trials where model_run_id = $1 and status = 'completed'`;
  await until('every trial has its row', PATIENCE_MS, async () => (await count(terminal, run)) === trials);

  const ids = await terminalEvents(world);
  const ends = Array.from({ length: trials }, (_, index) => ids.get(`${run}/${trialName(index)}`)?.size);
  expect(ends).toEqual(Array.from({ length: trials }, () => 1));

  // Optuna has no other trial, and each has one end.
  const { rows } = await world.query(
    `select q.trial_id, q.optuna_number = o.number as same_number, o.state::text,
            (t.metrics->>'val_accuracy')::float8 = v.value as same_value,
            (q.hyperparams::jsonb->>'x')::float8 = v.value as same_params
       from optuna.trials o
       join optuna.studies s on s.study_id = o.study_id and s.study_name = $1
       left join optuna.trial_user_attributes a on a.trial_id = o.trial_id and a.key = 'trial_id'
       left join optuna.trial_values v on v.trial_id = o.trial_id
       left join bridge_trials q on q.trial_id = a.value_json::jsonb #>> '{}' and q.model_run_id = $1
       left join trials t on t.trial_id = q.trial_id and t.model_run_id = $1
      order by q.trial_id`,
    [run],
  );
  const agrees = { same_number: true, state: 'COMPLETE', same_value: true, same_params: true };
  expect(rows).toEqual(Array.from({ length: trials }, (_, index) => ({ trial_id: trialName(index), ...agrees })));
}

test('a study of 100 trials completes, and Optuna agrees, when one of two bridges is killed -9', async () => {
  const bridges = await Promise.all([world.start(['bridge']), world.start(['bridge'])]);
  await Promise.all(bridges.map((bridge) => bridge.ready()));
  await startStudy('study', TRIALS, 0.3);
  const ended = `select count(*) from bridge_trials where state = 'ended'`;
  await until('a third of the trials have ended', PATIENCE_MS, async () => (await count(ended)) > TRIALS / 3);
  await bridges[0]?.kill();
  await completesAndAgrees('study', TRIALS);
  // The kill came while trials ran, and none of them was dropped or run by two bridges to its end.
  expect(await count(`select count(*) from bridge_trials where losses > 0`)).toBeGreaterThan(0);
  await bridges[1]?.stop();
}, 600_000);

test.each([
  ['after Optuna chose the values of a trial, and before they are stored', 'before query bridge-choose'],
  ['after the values of a trial were stored, and before it runs', 'after query bridge-choose'],
  ['after Optuna has the end of a trial, and before that is noted', 'before query bridge-told'],
] as const)(
  'Optuna agrees after the bridge was killed -9 %s',
  async (_, at) => {
    const run = at.replaceAll(' ', '-');
    const crashing = await world.start(['bridge'], { crash: { at, after: 2 } });
    await startStudy(run, 6, 0);
    expect(await crashing.ended).toBe('signal SIGKILL');
    expect(crashing.log).toContain(`crash: bridge ${at}`);
    const next = await world.start(['bridge']);
    await completesAndAgrees(run, 6);
    await next.stop();
  },
  600_000,
);
