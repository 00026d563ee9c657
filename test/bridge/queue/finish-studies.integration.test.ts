import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { expandStudies } from '../../../src/bridge/queue/expand-studies.ts';
import { inTransaction } from '../../../src/store/pool.ts';
import { settleCancels } from '../../../src/store/tables/bridge-cancels.ts';
import { release } from '../../../src/store/tables/bridge-operations.ts';
import { untoldTrials } from '../../../src/store/tables/bridge-outbox.ts';
import { finishRuns } from '../../../src/store/tables/bridge-runs.ts';
import { cancel, createQueueWorld, type QueueWorld, runTrial, startRun } from './queue-world.ts';

const DAY_MS = 86_400_000;
const OLD = Date.now() - DAY_MS - 100_000;

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld(4);
});
beforeEach(() => world.empty());
afterAll(() => world.close());

const finish = async () => {
  while (await expandStudies(world.pool, DAY_MS));
  await inTransaction(world.pool, finishRuns);
};
const runs = () => world.query('select outcome, published, ended_at is not null as ended from bridge_runs');
const ended = (published: boolean, outcome: string | null) => [{ outcome, published, ended: true }];
const storeTrial = (trial: string, status: string) =>
  world.query(
    `insert into cerebros_model_trials (model_run_id, trial_id, status, outcome_version) values ('s', $1, $2, '2')`,
    trial,
    status,
  );
const storeRun = (status: string) =>
  world.query(`insert into model_runs (model_run_id, status, outcome_version) values ('s', $1, '2')`, status);

describe('a study that is held because its command is old', () => {
  test('ends with all its trials when it is cancelled', async () => {
    await world.command(startRun('s', 3, { requested_at: OLD }));
    await finish();
    expect(await world.query('select 1 from bridge_trials')).toEqual([]);
    await world.command(cancel('s', null));
    await finish();
    expect(await world.query('select outcome, published from bridge_trials')).toEqual(
      Array.from({ length: 3 }, () => ({ outcome: 'cancelled', published: false })),
    );
    expect(await runs()).toEqual(ended(false, 'cancelled'));
  });

  test('ends as well when the request to cancel it arrives first', async () => {
    await world.command(cancel('s', null, OLD + 1), startRun('s', 2, { requested_at: OLD }));
    await finish();
    expect(await runs()).toEqual(ended(false, 'cancelled'));
  });

  test('waits for its operator, also when all its trials ended before this queue, and is not ended twice', async () => {
    await storeTrial('trial_000', 'completed');
    await world.command(startRun('s', 1, { requested_at: OLD }), runTrial('s', 'trial_000', { requested_at: OLD }));
    await finish();
    expect(await runs()).toEqual([{ outcome: null, published: true, ended: false }]);
    // The end of the run arrives later than those of its trials: it is in another partition.
    await storeRun('completed');
    await release(world.pool, 's');
    await finish();
    expect(await runs()).toEqual(ended(true, null));
  });

  test('ends when it is released, if its end was never published', async () => {
    await storeTrial('trial_000', 'failed');
    await world.command(startRun('s', 1, { requested_at: OLD }), runTrial('s', 'trial_000', { requested_at: OLD }));
    await finish();
    await storeRun('running');
    await release(world.pool, 's');
    await finish();
    expect(await runs()).toEqual(ended(false, 'failed'));
  });
});

test('a study of which this queue decided a trial ends, whatever other programs said about the run', async () => {
  await world.command(startRun('s', 1), runTrial('s', 'trial_000', { hyperparams: null }));
  await storeRun('failed');
  await world.command(cancel('s', null));
  await finish();
  expect(await runs()).toEqual(ended(false, 'cancelled'));
});

describe('the study of a trial that was cancelled without stored values', () => {
  test('has its end, if the trial may have been asked for', async () => {
    await world.command(startRun('s', 2));
    await expandStudies(world.pool, DAY_MS);
    // A bridge asked for the first trial and was lost before it stored the answer; no bridge has had the second.
    await world.query(`update bridge_trials set epoch = 1 where trial_id = 'trial_000'`);
    await world.command(cancel('s', null));
    await settleCancels(world.pool);
    expect(await untoldTrials(world.pool, 0, 10)).toMatchObject([{ trial_id: 'trial_000', optuna_number: null }]);
  });

  test('has no word of trials whose values came with their command, nor of runs without a study', async () => {
    await world.command(startRun('s', 1), runTrial('s', 'own'), runTrial('plain', 't', { hyperparams: null }));
    await world.query('update bridge_trials set epoch = 1');
    await world.command(cancel('s', 'own'), cancel('plain', 't'));
    expect(await world.query('select 1 from bridge_trials where not told')).toEqual([]);
  });
});
