import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ReplayReport } from '../../src/replay/replay.ts';
import { describeDifferences } from '../../src/replay/verify/describe-differences.ts';
import { createReplayWorld, told } from '../replay/replay-world.ts';

const world = await createReplayWorld();
const { tables } = world;

beforeAll(async () => {
  await world.tell(told());
  await world.settle();
});
afterAll(() => world.close());

const counts = ({ differences }: ReplayReport) =>
  Object.fromEntries(differences?.map(({ table, count }) => [table, count]) ?? []);

const SAME = {
  model_runs: 0,
  cerebros_model_trials: 0,
  trial_index: 0,
  trial_parameter_values: 0,
  trial_final_metric_values: 0,
  run_metric_names: 0,
  model_artifacts: 0,
  trial_attempt_points: 0,
};

test('a verification finds no difference in tables that match the records', async () => {
  expect(counts(await world.replay({ verify: true }))).toEqual(SAME);
  expect(counts(await world.replay({ verify: true, archive: world.archive }))).toEqual(SAME);
});

test('a verification reports rows that were changed, removed or added, and repairs none', async () => {
  await tables.query(
    `update cerebros_model_trials set duration_ms = 123456 where trial_id = 'trial-1' and model_run_id = 'run-a'`,
  );
  const [removed] = await tables.query<{ step: string }>(
    `delete from trial_metrics m using metric_trials t
     where t.trial_key = m.trial_key and m.ctid = (select min(ctid) from trial_metrics) and m.tableoid = (select min(tableoid) from trial_metrics)
     returning m.step`,
  );
  expect(removed).toBeDefined();
  await tables.query(
    `insert into model_runs (model_run_id, status, outcome_version) values ('unrecorded', 'running', '1')`,
  );
  const before = await tables.content();

  const report = await world.replay({ verify: true });
  expect(counts(report)).toEqual({
    ...SAME,
    model_runs: 1,
    cerebros_model_trials: 1,
    trial_index: 1,
    trial_attempt_points: 1,
  });
  const lines = describeDifferences(report.differences ?? []).join('\n');
  expect(lines).toContain('unrecorded  is in the table although no record accounts for it');
  expect(lines).toMatch(/run-a \/ trial-1 {2}duration_ms is 123456, the records make it /);
  expect(lines).toMatch(/trial_attempt_points {8}1 row differs\n .* is missing/);
  expect(await tables.content()).toEqual(before);

  expect(counts(await world.replay({ verify: true, run: 'run-b' }))).toMatchObject({
    model_runs: 0,
    cerebros_model_trials: 0,
  });
});

test('a verification leaves no schema behind', async () => {
  await world.replay({ verify: true });
  expect(await tables.query(`select nspname from pg_namespace where nspname like 'thunderline%'`)).toEqual([]);
});
