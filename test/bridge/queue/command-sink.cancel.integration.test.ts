import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cancel, createQueueWorld, type QueueWorld, runTrial, trialsOf } from './queue-world.ts';

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

/** The row of a trial as the Postgres sink writes it. */
const storeRow = (run: string, trial: string, status: string) =>
  world.query(
    `insert into cerebros_model_trials (model_run_id, trial_id, status, outcome_version) values ($1, $2, $3, '2')`,
    run,
    trial,
    status,
  );

describe('a request to cancel', () => {
  test('applies to trials requested up to then, whichever arrives first', async () => {
    const at = Date.now();
    const commands = [
      runTrial('r', 'before', { requested_at: at }),
      cancel('r', null, at),
      runTrial('r', 'after', { requested_at: at + 1 }),
    ];
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(commands, { minLength: 3 }), fc.boolean(), async (order, together) => {
        await world.empty();
        if (together) await Promise.all(order.map((command) => world.command(command)));
        else for (const command of order) await world.command(command);
        expect(await states('r')).toEqual({ before: 'ended cancelled', after: 'queued' });
      }),
      { numRuns: 30 },
    );
  });

  test('of a trial and its command never miss each other, in transactions at the same time', async () => {
    await world.command(...trialsOf('other', 1));
    for (let round = 0; round < 40; round += 1) {
      const name = `t${round}`;
      await Promise.all([world.command(runTrial('other', name)), world.command(cancel('other', name, Date.now() + 5))]);
    }
    const left = Object.entries(await states('other')).filter(([, state]) => state === 'queued');
    expect(left).toEqual([['t000', 'queued']]);
  });

  test('ends queued and held trials with an event to publish, and marks running ones', async () => {
    await world.command(...trialsOf('r', 3));
    await world.query(`update bridge_trials set state = 'held' where trial_id = 't001'`);
    await world.query(
      `update bridge_trials set state = 'leased', bridge_id = gen_random_uuid() where trial_id = 't002'`,
    );
    await world.command(cancel('r', null));
    expect(await states('r')).toEqual({ t000: 'ended cancelled', t001: 'ended cancelled', t002: 'leased' });
    expect(
      await world.query(
        `select trial_id, published, ending, cancel_at is not null as marked from bridge_trials order by 1`,
      ),
    ).toEqual([
      { trial_id: 't000', published: false, ending: '{"kind":"cancelled"}', marked: false },
      { trial_id: 't001', published: false, ending: '{"kind":"cancelled"}', marked: false },
      { trial_id: 't002', published: true, ending: null, marked: true },
    ]);
  });

  test('of a trial that was never commanded creates no trial', async () => {
    await world.command(cancel('r', 'misspelt'));
    expect(await states('r')).toEqual({});
  });
});

describe('the end of a trial that is cancelled while no bridge has it', () => {
  const ends = () =>
    world.query('select state, outcome, epoch, published, ending is not null as decided from bridge_trials');

  test('is of an attempt above those of the bridges that had it', async () => {
    await world.command(runTrial('r', 't'));
    await world.query('update bridge_trials set epoch = 2');
    await world.command(cancel('r', 't'));
    expect(await ends()).toEqual([{ state: 'ended', outcome: 'cancelled', epoch: 3, published: false, decided: true }]);
  });

  test('is that of its row, if it was held and has ended meanwhile', async () => {
    await world.command(runTrial('r', 't', { requested_at: Date.now() - 86_500_000 }));
    await storeRow('r', 't', 'completed');
    await world.query('update cerebros_model_trials set attempt = 4');
    await world.command(cancel('r', 't'));
    expect(await ends()).toEqual([{ state: 'ended', outcome: 'completed', epoch: 4, published: true, decided: false }]);
  });

  test('is above the attempt of its row, if it was held and has started meanwhile', async () => {
    await world.command(runTrial('r', 't', { requested_at: Date.now() - 86_500_000 }));
    await storeRow('r', 't', 'running');
    await world.query('update cerebros_model_trials set attempt = 4');
    await world.command(cancel('r', 't'));
    expect(await ends()).toMatchObject([{ outcome: 'cancelled', epoch: 5 }]);
  });

  test('is not published again when the request is read again by a new queue', async () => {
    await world.query('update bridge_queue set created_at = now()');
    const before = Date.now() - 60_000;
    await world.command(runTrial('r', 't', { requested_at: before }), cancel('r', 't', before));
    await world.query(`update bridge_queue set created_at = now() - interval '10 days'`);
    expect(await ends()).toEqual([{ state: 'ended', outcome: 'cancelled', epoch: 1, published: true, decided: false }]);
  });
});
