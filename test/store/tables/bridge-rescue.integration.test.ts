import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ClaimedTrial, claimTrials } from '../../../src/store/tables/bridge-claims.ts';
import { type AttemptEnd, endTrial, failTrial } from '../../../src/store/tables/bridge-endings.ts';
import { removeBridge } from '../../../src/store/tables/bridge-hosts.ts';
import { rescueTrials } from '../../../src/store/tables/bridge-rescue.ts';
import { createQueueWorld, type QueueWorld, trialsOf } from '../../bridge/queue/queue-world.ts';
import { eventually } from '../../support/eventually.ts';

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld(12);
});
beforeEach(() => world.empty());
afterAll(() => world.close());

const RETRY = { retries: 2, backoffMs: 60_000 };
const MAX_LOSSES = 3;
const ATTEMPT: AttemptEnd = {
  outcome: 'timeout',
  message: 'took too long',
  error_type: 'timeout',
  return_code: 1,
  signal: null,
  duration_ms: 12,
  output: 'Epoch 1',
};

const claim = (bridgeId: string, limit = 1) =>
  claimTrials(world.pool, { bridgeId, host: 'host-1', limit, withStudies: true });
const end = (trial: ClaimedTrial) => endTrial(world.pool, trial, { outcome: 'completed', ending: '{"a":1}' }, ATTEMPT);
const fail = (trial: ClaimedTrial) => failTrial(world.pool, trial, '{"failed":1}', RETRY, ATTEMPT);
const kill = (bridgeId: string) =>
  world.query(`update bridges set alive_until = '-infinity' where bridge_id = $1`, bridgeId);
const hurry = () => world.query('update bridge_trials set run_after = now()');
const running = async () =>
  (await world.query<{ running: number }>('select running from bridge_runs')).map((run) => run.running);
const rows = () =>
  world.query(
    'select state, outcome, ending, epoch, failures, losses, published from bridge_trials order by model_run_id, trial_id',
  );

async function claimOne(): Promise<{ bridgeId: string; trial: ClaimedTrial }> {
  const bridgeId = await world.bridge('a');
  await world.command(...trialsOf('r', 1));
  const [trial] = await claim(bridgeId);
  if (trial === undefined) throw new Error('nothing was claimed');
  return { bridgeId, trial };
}

describe('the rescue', () => {
  test('leaves the trials of living bridges', async () => {
    await claimOne();
    expect(await rescueTrials(world.pool, MAX_LOSSES)).toEqual({ queued: 0, ended: 0 });
    expect(await running()).toEqual([1]);
  });

  test.each([
    ['died', kill],
    ['is unknown', (bridgeId: string) => removeBridge(world.pool, bridgeId)],
  ])('queues the trials of a bridge that %s again, at once', async (_, die) => {
    const { bridgeId } = await claimOne();
    await die(bridgeId);
    expect(await rescueTrials(world.pool, MAX_LOSSES)).toEqual({ queued: 1, ended: 0 });
    expect(await rows()).toMatchObject([{ state: 'queued', losses: 1, failures: 0 }]);
    expect(await running()).toEqual([0]);
    expect(await world.query('select outcome from bridge_attempts')).toEqual([{ outcome: 'lost' }]);
  });

  test('finds a claim that commits after its bridge was declared dead', async () => {
    await world.command(...trialsOf('r', 1));
    const bridgeId = await world.bridge('a');
    await removeBridge(world.pool, bridgeId);
    await rescueTrials(world.pool, MAX_LOSSES);
    expect(await claim(bridgeId)).toHaveLength(1);
    expect(await rescueTrials(world.pool, MAX_LOSSES)).toEqual({ queued: 1, ended: 0 });
  });

  test('fails a trial that was lost too often, with an event to publish, of an attempt that no bridge had', async () => {
    await world.command(...trialsOf('r', 1));
    for (let loss = 1; loss <= MAX_LOSSES; loss += 1) {
      const bridgeId = await world.bridge(`b${loss}`);
      expect(await claim(bridgeId)).toHaveLength(1);
      await kill(bridgeId);
      await rescueTrials(world.pool, MAX_LOSSES);
    }
    expect(await rows()).toEqual([
      {
        state: 'ended',
        outcome: 'failed',
        ending: '{"kind":"lost"}',
        epoch: 4,
        failures: 0,
        losses: 3,
        published: false,
      },
    ]);
    expect(await running()).toEqual([0]);
    expect(await world.query('select epoch, outcome from bridge_attempts order by 1')).toEqual(
      [1, 2, 3].map((epoch) => ({ epoch, outcome: 'lost' })),
    );
  });

  test('counts each lost trial once when several bridges rescue at the same time', async () => {
    await world.command(...trialsOf('a', 60), ...trialsOf('b', 60));
    const bridgeId = await world.bridge('dead');
    await claim(bridgeId, 60);
    await claim(bridgeId, 60);
    await kill(bridgeId);
    const rescued = await Promise.all(Array.from({ length: 8 }, () => rescueTrials(world.pool, MAX_LOSSES)));
    expect(rescued.reduce((sum, { queued }) => sum + queued, 0)).toBe(120);
    expect(await running()).toEqual([0, 0]);
  });

  test('locks runs in the order of commands, so that neither waits for the other', async () => {
    const runs = Array.from({ length: 20 }, (_, index) => `r${String(index).padStart(2, '0')}`);
    await world.command(...runs.flatMap((run) => trialsOf(run, 1)));
    const bridgeId = await world.bridge('dead');
    for (const _ of runs) await claim(bridgeId);
    await kill(bridgeId);
    const commands = await world.pool.connect();
    try {
      await commands.query('begin');
      await commands.query(`select from bridge_runs where model_run_id = 'r00' for update`);
      const rescuing = rescueTrials(world.pool, MAX_LOSSES);
      await eventually(async () => {
        const waiting = await world.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return waiting.length === 1;
      });
      const rest = 'select from bridge_runs where model_run_id = any($1) order by model_run_id for update nowait';
      expect((await commands.query(rest, [runs])).rowCount).toBe(20);
      await commands.query('commit');
      expect(await rescuing).toEqual({ queued: 20, ended: 0 });
    } finally {
      commands.release(true);
    }
    expect(await running()).toEqual(runs.map(() => 0));
  });

  test('loses no trial and runs none twice at a time, for any order of claims, ends, deaths and rescues', async () => {
    const stepArbitrary = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('claim' as const),
          by: fc.nat(2),
          limit: fc.integer({ min: 1, max: 3 }),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), which: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), by: fc.nat(2) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('rescue' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 40 }), async (steps) => {
        await world.empty();
        await world.command(...trialsOf('x', 4, { parallelism: 2 }), ...trialsOf('y', 3));
        let lives = 0;
        const ids = await Promise.all([0, 1, 2].map((by) => world.bridge(`life ${by} of ${steps.length}`)));
        const leases: ClaimedTrial[] = [];
        /** The model: each trial's valid lease. */
        const holders = new Map<string, ClaimedTrial>();
        const dead = new Set<string>();
        const keyOf = ({ model_run_id, trial_id }: ClaimedTrial) => `${model_run_id}/${trial_id}`;
        for (const step of steps) {
          if (step.do === 'claim') {
            for (const trial of await claim(ids[step.by] ?? '', step.limit)) {
              expect(holders.has(keyOf(trial))).toBe(false);
              holders.set(keyOf(trial), trial);
              leases.push(trial);
            }
          } else if (step.do === 'rescue') {
            await rescueTrials(world.pool, 1_000);
            for (const [key, { bridge_id }] of holders) if (dead.has(bridge_id)) holders.delete(key);
            await hurry();
          } else if (step.do === 'die') {
            dead.add(ids[step.by] ?? '');
            await kill(ids[step.by] ?? '');
            lives += 1;
            ids[step.by] = await world.bridge(`next life ${lives} of ${steps.length}`);
          } else {
            const lease = leases[step.which % Math.max(1, leases.length)];
            if (lease === undefined) continue;
            const isHeld = holders.get(keyOf(lease)) === lease;
            const done = step.do === 'end' ? await end(lease) : (await fail(lease)) !== undefined;
            expect(done).toBe(isHeld);
            if (isHeld) holders.delete(keyOf(lease));
            if (step.do === 'fail') await hurry();
          }
          const counts = await world.query<{ model_run_id: string; running: number }>(
            'select model_run_id, running from bridge_runs order by 1',
          );
          for (const { model_run_id, running: count } of counts) {
            expect(count).toBe([...holders.values()].filter((trial) => trial.model_run_id === model_run_id).length);
          }
          expect(counts[0]?.running).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: 40 },
    );
  });
});
