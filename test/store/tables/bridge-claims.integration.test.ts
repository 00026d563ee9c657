import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ClaimedTrial, claimTrials } from '../../../src/store/tables/bridge-claims.ts';
import { endTrial } from '../../../src/store/tables/bridge-endings.ts';
import {
  cancel,
  createQueueWorld,
  type QueueWorld,
  runTrial,
  startRun,
  trialsOf,
} from '../../bridge/queue/queue-world.ts';

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld(12);
});
beforeEach(() => world.empty());
afterAll(() => world.close());

const ATTEMPT = {
  outcome: 'completed',
  message: null,
  error_type: null,
  return_code: null,
  signal: null,
  duration_ms: 1,
  output: null,
};
const end = (trial: ClaimedTrial) => endTrial(world.pool, trial, { outcome: 'completed', ending: '{}' }, ATTEMPT);
const claim = (bridgeId: string, limit = 1, withStudies = true) =>
  claimTrials(world.pool, { bridgeId, host: 'h', limit, withStudies });
const names = (trials: readonly ClaimedTrial[]) => trials.map((trial) => `${trial.model_run_id}/${trial.trial_id}`);

/** Runs whose count differs from their leased trials, or exceeds their limit: in one snapshot. */
const faultyRuns = () =>
  world.query(
    `select model_run_id, running, parallelism from bridge_runs r
     where running > coalesce(parallelism, running)
       or running <> (select count(*) from bridge_trials t where t.model_run_id = r.model_run_id and t.state = 'leased')`,
  );

test('a claim takes the trials of one run in their order, and counts them', async () => {
  const bridgeId = await world.bridge('a');
  const now = Date.now();
  await world.command(
    runTrial('r', 'late', { requested_at: now + 1 }),
    runTrial('r', 'second', { requested_at: 5_000_000_000_000 }),
    runTrial('r', 'urgent', { priority: 2, requested_at: 6_000_000_000_000 }),
    runTrial('r', 'first', { requested_at: now }),
  );
  const [urgent, ...rest] = await claim(bridgeId, 3);
  expect(names([urgent as ClaimedTrial, ...rest])).toEqual(['r/urgent', 'r/first', 'r/late']);
  expect(urgent).toMatchObject({
    epoch: 1,
    bridge_id: bridgeId,
    failures: 0,
    losses: 0,
    hyperparams: '{}',
    study: null,
  });
  expect(await faultyRuns()).toEqual([]);
  expect(names(await claim(bridgeId, 3))).toEqual(['r/second']);
  expect(await claim(bridgeId, 3)).toEqual([]);
});

test('runs take turns, and a run of a higher priority comes before', async () => {
  const bridgeId = await world.bridge('a');
  await world.command(...trialsOf('a', 3), ...trialsOf('b', 3), ...trialsOf('z', 2, { priority: 1 }));
  const claimed: ClaimedTrial[] = [];
  for (let index = 0; index < 8; index += 1) claimed.push(...(await claim(bridgeId)));
  expect(names(claimed)).toEqual(['z/t000', 'z/t001', 'a/t000', 'b/t000', 'a/t001', 'b/t001', 'a/t002', 'b/t002']);
});

test.each<[string, () => Promise<unknown>]>([
  ['a held run', () => world.query(`update bridge_runs set held_at = now()`)],
  ['a held trial', () => world.query(`update bridge_trials set state = 'held'`)],
  ['a trial whose pause is not over', () => world.query(`update bridge_trials set run_after = now() + interval '1 h'`)],
  ['a trial that was cancelled', () => world.command(cancel('r', 't000'))],
  ['a trial of a cancelled run', () => world.command(cancel('r', null))],
  ['a trial at the last epoch', () => world.query('update bridge_trials set epoch = 99999')],
])('%s is not claimed', async (_, change) => {
  const bridgeId = await world.bridge('a');
  await world.command(...trialsOf('r', 1));
  await change();
  expect(await claim(bridgeId)).toEqual([]);
});

test('a trial of a study without hyperparameters is left to bridges with studies', async () => {
  const bridgeId = await world.bridge('a');
  await world.command(startRun('s', 1), runTrial('s', 'chosen'), runTrial('s', 'open', { hyperparams: null }));
  expect(names(await claim(bridgeId, 4, false))).toEqual(['s/chosen']);
  expect(await claim(bridgeId, 4)).toMatchObject([{ trial_id: 'open', hyperparams: null, study: expect.any(String) }]);
  await world.command(runTrial('plain', 'open', { hyperparams: null }));
  expect(await claim(bridgeId, 4, false)).toMatchObject([{ trial_id: 'open', hyperparams: '{}' }]);
});

describe('parallelism is exact', () => {
  const planArbitrary = fc.record({
    runs: fc.array(
      fc.record({ parallelism: fc.option(fc.integer({ min: 1, max: 4 })), trials: fc.integer({ min: 1, max: 12 }) }),
      { minLength: 1, maxLength: 4 },
    ),
    claimers: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 8 }),
  });

  test('for any runs and any claimers at the same time, and every trial is run once', async () => {
    const bridgeId = await world.bridge('a');
    await fc.assert(
      fc.asyncProperty(planArbitrary, async ({ runs, claimers }) => {
        await world.query('delete from bridge_trials');
        await world.query('delete from bridge_runs');
        await world.command(
          ...runs.flatMap(({ parallelism, trials }, index) => trialsOf(`r${index}`, trials, { parallelism })),
        );
        const total = runs.reduce((sum, { trials }) => sum + trials, 0);
        const done: string[] = [];
        const faults: unknown[] = [];
        let isWatching = true;
        const watch = async (): Promise<void> => {
          while (isWatching) faults.push(...(await faultyRuns()));
        };
        const work = async (limit: number): Promise<void> => {
          while (done.length < total) {
            for (const trial of await claim(bridgeId, limit)) {
              if (await end(trial)) done.push(...names([trial]));
            }
          }
        };
        const watching = watch();
        await Promise.all(claimers.map(work));
        isWatching = false;
        await watching;
        expect(faults).toEqual([]);
        expect(new Set(done).size).toBe(total);
        expect(done).toHaveLength(total);
        expect(await world.query('select 1 from bridge_trials where epoch <> 1')).toEqual([]);
        expect(await world.query('select 1 from bridge_runs where running <> 0')).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('also when all claimers meet at one run at the same moment', async () => {
    const bridgeId = await world.bridge('a');
    await world.command(...trialsOf('r', 100, { parallelism: 7 }));
    const claimed = (await Promise.all(Array.from({ length: 24 }, () => claim(bridgeId, 2)))).flat();
    expect(new Set(names(claimed)).size).toBe(7);
    expect(claimed).toHaveLength(7);
    expect(await faultyRuns()).toEqual([]);
  });
});

test('an empty claim means that there is no work, also while other claims hold the run', async () => {
  const bridgeId = await world.bridge('a');
  await world.command(...trialsOf('r', 40));
  const claimed = await Promise.all(Array.from({ length: 40 }, () => claim(bridgeId)));
  expect(new Set(names(claimed.flat())).size).toBe(40);
});
