import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createCommandSink } from '../../../src/bridge/queue/command-sink.ts';
import { trialIdOf } from '../../../src/bridge/queue/expand-studies.ts';
import { claimTrials } from '../../../src/store/tables/bridge-claims.ts';
import { release } from '../../../src/store/tables/bridge-operations.ts';
import { counted } from '../../support/counted.ts';
import { createQueueWorld, type QueueWorld, recordOf, runTrial, startRun, trialsOf } from './queue-world.ts';

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld();
});
beforeEach(() => world.empty());
afterAll(() => world.close());

const states = async (run: string) =>
  Object.fromEntries(
    (
      await world.query<{ trial_id: string; state: string; outcome: string | null }>(
        'select trial_id, state, outcome from bridge_trials where model_run_id = $1 order by 1',
        run,
      )
    ).map(({ trial_id, state, outcome }) => [trial_id, outcome === null ? state : `${state} ${outcome}`]),
  );

const commandsCounted = async () =>
  Object.fromEntries(
    (await counted(world.metrics.bridgeCommands)).map(({ labels, value }) => [
      `${labels.operation} ${labels.result}`,
      value,
    ]),
  );

/** The row of a trial as the Postgres sink writes it. */
const storeRow = (run: string, trial: string, status: string) =>
  world.query(
    `insert into cerebros_model_trials (model_run_id, trial_id, status, outcome_version) values ($1, $2, $3, '2')`,
    run,
    trial,
    status,
  );

test('a trial that is queued again goes on from the attempt that its row is at', async () => {
  await storeRow('r', 'ran', 'running');
  await world.query('update cerebros_model_trials set attempt = 7');
  await world.command(runTrial('r', 'ran'), runTrial('r', 'new'));
  const request = { bridgeId: await world.bridge('a'), host: 'h', limit: 2, withStudies: true };
  const claimed = await claimTrials(world.pool, request);
  expect(Object.fromEntries(claimed.map(({ trial_id, epoch }) => [trial_id, epoch]))).toEqual({ ran: 8, new: 1 });
});

describe('commands that are read again run nothing', () => {
  test('a trial with a terminal row goes in as ended, and its events are not published again', async () => {
    for (const status of ['completed', 'failed', 'cancelled', 'skipped']) await storeRow('r', status, status);
    for (const status of ['queued', 'running']) await storeRow('r', status, status);
    await world.command(
      ...['completed', 'failed', 'cancelled', 'skipped', 'queued', 'running', 'new'].map((trial) =>
        runTrial('r', trial),
      ),
    );
    expect(await states('r')).toEqual({
      completed: 'ended completed',
      failed: 'ended failed',
      cancelled: 'ended cancelled',
      skipped: 'ended skipped',
      queued: 'queued',
      running: 'queued',
      new: 'queued',
    });
    expect(await world.query(`select 1 from bridge_trials where state = 'ended' and not (published and told)`)).toEqual(
      [],
    );
  });

  test('a command that is too old is held', async () => {
    await world.command(
      runTrial('r', 'old', { requested_at: Date.now() - 86_500_000 }),
      runTrial('r', 'young', { requested_at: Date.now() - 1_000 }),
    );
    expect(await states('r')).toEqual({ old: 'held', young: 'queued' });
    await world.command(startRun('s', 3, { requested_at: Date.now() - 86_500_000 }), runTrial('s', 'of-held-run'));
    expect(await states('s')).toEqual({ 'of-held-run': 'held' });
    expect(
      await world.query(`select 1 from bridge_runs where model_run_id = 's' and held_at is not null`),
    ).toHaveLength(1);
  });

  test('a command from before the queue is held, also when the queue was emptied', async () => {
    await world.command(runTrial('r', 'before'));
    await world.empty();
    await world.query('delete from bridge_queue');
    const sink = createCommandSink({ ...world, maxCommandAgeMs: 86_400_000 });
    const before = Date.now() - 1;
    await sink.open();
    await world.command(
      runTrial('r', 'before', { requested_at: before }),
      runTrial('r', 'after', { requested_at: Date.now() + 1 }),
    );
    expect(await states('r')).toEqual({ before: 'held', after: 'queued' });
    await world.query(`update bridge_queue set created_at = now() - interval '10 days'`);
  });

  test('a study that ended, or whose trials all have rows, is not expanded again', async () => {
    await world.query(`insert into model_runs (model_run_id, status, outcome_version) values ('ended', 'failed', '2')`);
    for (const ordinal of [0, 1]) await storeRow('known', trialIdOf(ordinal, 2), 'running');
    await storeRow('partly', trialIdOf(0, 2), 'running');
    for (const trial of ['a', 'b']) await storeRow('others', trial, 'completed');
    await world.command(...['ended', 'known', 'others', 'partly'].map((run) => startRun(run, 2)));
    const rows = await world.query(
      'select model_run_id, expanded, start_published, published from bridge_runs order by 1',
    );
    expect(rows).toEqual([
      { model_run_id: 'ended', expanded: 2, start_published: true, published: true },
      { model_run_id: 'known', expanded: 2, start_published: false, published: true },
      { model_run_id: 'others', expanded: 0, start_published: false, published: true },
      { model_run_id: 'partly', expanded: 0, start_published: false, published: true },
    ]);
  });
});

describe('what was commanded before stays as it is', () => {
  test('a second command for a trial is counted and changes nothing', async () => {
    const before = await commandsCounted();
    await world.command(runTrial('r', 't', { hyperparams: '{"x":1}' }));
    await world.command(runTrial('r', 't', { command_id: 'another', hyperparams: '{"x":2}' }));
    expect(await world.query('select hyperparams, epoch from bridge_trials')).toEqual([
      { hyperparams: '{"x":1}', epoch: 0 },
    ]);
    const after = await commandsCounted();
    expect((after['run_trial repeated'] ?? 0) - (before['run_trial repeated'] ?? 0)).toBe(1);
  });

  test('a second start of a run changes nothing', async () => {
    await world.command(startRun('r', 3, { priority: 1 }));
    await world.command(startRun('r', 9, { command_id: 'another', priority: 5 }));
    expect(await world.query('select trials, priority from bridge_runs')).toEqual([{ trials: 3, priority: 1 }]);
  });

  test('a start sets the limits of a run that its trials have created', async () => {
    await world.command(runTrial('r', 't', { priority: 9, parallelism: 8 }));
    await world.command(startRun('r', 3, { priority: 1, parallelism: 2 }));
    expect(await world.query('select priority, parallelism from bridge_runs')).toEqual([
      { priority: 1, parallelism: 2 },
    ]);
  });
});

test('a released trial goes on from the attempt that its row is at', async () => {
  await world.command(runTrial('r', 't', { requested_at: Date.now() - 86_500_000 }));
  await storeRow('r', 't', 'running');
  await world.query('update cerebros_model_trials set attempt = 4');
  await release(world.pool, 'r');
  const request = { bridgeId: await world.bridge('a'), host: 'h', limit: 1, withStudies: true };
  expect(await claimTrials(world.pool, request)).toMatchObject([{ epoch: 5 }]);
});

test('records that are no commands, or break a rule, are rejected, and the others are queued', async () => {
  const bad = recordOf(runTrial('', 't'));
  const letter = { ...bad, content: { name: 'DeadLetter', record: {} } } as unknown as typeof bad;
  const rejected = await world.write(letter, recordOf(runTrial('r', 'good')), bad);
  expect(rejected.map(({ code }) => code)).toEqual(['unexpected_record', 'invalid_command']);
  expect(await states('r')).toEqual({ good: 'queued' });
});

test('ten thousand trials are queued in batches', async () => {
  const commands = trialsOf('many', 10_000);
  for (let from = 0; from < commands.length; from += 1_000) await world.command(...commands.slice(from, from + 1_000));
  expect(await world.query('select count(*)::int as count from bridge_trials')).toEqual([{ count: 10_000 }]);
});
