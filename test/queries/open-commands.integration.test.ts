import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { RunDetail, TrialDetail } from '../../src/queries/shapes.ts';
import { accept } from '../events/receive.ts';
import { query } from '../support/query.ts';
import { createQueryWorld, type QueryWorld } from './query-world.ts';

jest.setTimeout(120_000);

let world: QueryWorld;
const sql = (text: string): Promise<unknown> => query(world.world.databaseUrl, text);
const ofRun = async (run: string) => (await world.get<RunDetail>(`/api/runs/${run}`)).run.commands;
const ofTrial = async (run: string, trial: string) =>
  (await world.get<TrialDetail>(`/api/runs/${run}/trials/${trial}`)).trial.commands;

const started = (model_run_id: string, trial_id: string) =>
  accept('ml.trial.start', { model_run_id, trial_id, timestamp: Date.UTC(2026, 9, 1) });

beforeAll(async () => {
  world = await createQueryWorld();
  for (const trial of ['a', 'b', 'c', 'd']) await world.write(started('own', trial), started('mixed', trial));
  await sql(`insert into bridge_runs (model_run_id, requested_at) values ('mixed', now())`);
  for (const [trial, state] of Object.entries({ a: 'queued', b: 'held', c: 'ended' })) {
    await sql(`insert into bridge_trials (model_run_id, trial_id, command_id, requested_at, state)
               values ('mixed', '${trial}', gen_random_uuid(), now(), '${state}')`);
  }
});
afterAll(() => world.close());

test('a run that its own programs report has no command', async () => {
  expect(await ofRun('own')).toEqual({ open: 0, bridges: 0 });
  expect(await ofTrial('own', 'a')).toEqual({ open: 0, bridges: 0 });
});

test('the commands of a run are those of the queue that have not ended', async () => {
  expect(await ofRun('mixed')).toEqual({ open: 2, bridges: 0 });
  const open = await Promise.all(['a', 'b', 'c', 'd'].map((trial) => ofTrial('mixed', trial)));
  expect(open.map((commands) => commands.open)).toEqual([1, 1, 0, 0]);
});

test('trials of a study that are not queued yet count, until the study has an outcome', async () => {
  await sql(`update bridge_runs set trials = 10, expanded = 3 where model_run_id = 'mixed'`);
  expect(await ofRun('mixed')).toMatchObject({ open: 9 });
  await sql(`update bridge_runs set outcome = 'cancelled' where model_run_id = 'mixed'`);
  expect(await ofRun('mixed')).toMatchObject({ open: 2 });
});

test('a queued trial counts before a bridge has read its command', async () => {
  await sql(`update cerebros_model_trials set status = 'queued' where model_run_id = 'own' and trial_id = 'd'`);
  expect(await ofRun('own')).toMatchObject({ open: 1 });
  expect(await ofTrial('own', 'd')).toMatchObject({ open: 1 });
});

test('bridges count while their lease lasts', async () => {
  await sql(`insert into bridges (bridge_id, host, pid, slots, alive_until)
             values (gen_random_uuid(), 'h', 1, 1, now() + interval '1 min'), (gen_random_uuid(), 'h', 2, 1, now())`);
  expect(await ofRun('own')).toMatchObject({ bridges: 1 });
});
