import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createEventPublisher } from '../../../src/bridge/dispatch/event-publisher.ts';
import { tellStudies } from '../../../src/bridge/dispatch/tell-studies.ts';
import { StudyUnavailable } from '../../../src/bridge/study/study-error.ts';
import type { MlEvent } from '../../../src/events/event.ts';
import { createLog } from '../../../src/log.ts';
import { createQueueWorld, type QueueWorld, startRun, trialsOf } from '../queue/queue-world.ts';

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld(4);
});
beforeEach(() => world.empty());
afterAll(() => world.close());

const CANCELLED = '{"kind":"cancelled"}';
/** No version has written such an end; any other that cannot be read is the same to the outbox. */
const UNREADABLE = '{';

const endTrials = (ending: string, where: string) =>
  world.query(
    `update bridge_trials set state = 'ended', outcome = 'cancelled', ending = $1, published = false, told = false,
       ended_at = now() - interval '1 hour' where ${where}`,
    ending,
  );

const pending = async (table: string, column: string) =>
  (await world.query<{ id: string }>(`select ${column} as id from ${table} where not published order by 1`)).map(
    ({ id }) => id,
  );

test('an end that cannot be published holds up no other, of a run or a trial', async () => {
  const sent: MlEvent[] = [];
  const publisher = createEventPublisher({
    pool: world.pool,
    events: { publish: async (events) => void sent.push(...events) },
    log: createLog('silent'),
    traceparent: () => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  });
  await world.command(startRun('a', 1), startRun('b', 1), ...trialsOf('c', 120));
  await world.query(
    `update bridge_runs set ended_at = now(), outcome = 'completed', published = false,
       ending = case model_run_id when 'a' then $1 else '{"error":null}' end where study is not null`,
    UNREADABLE,
  );
  await endTrials(CANCELLED, 'true');
  await endTrials(UNREADABLE, `trial_id in ('t000', 't001')`);
  await expect(publisher.sweep()).rejects.toThrow(SyntaxError);
  expect(await pending('bridge_runs', 'model_run_id')).toEqual(['a']);
  expect(await pending('bridge_trials', 'trial_id')).toEqual(['t000', 't001']);
  const stops = sent.filter(({ event }) => event === 'ml.run.stop');
  expect(stops.filter(({ trial_id }) => trial_id === null).map(({ model_run_id }) => model_run_id)).toEqual(['b']);
  expect(new Set(stops.map(({ event_id }) => event_id)).size).toBe(119);
});

test('an end that cannot be passed to its study holds up no other', async () => {
  await world.command(startRun('s', 1), ...trialsOf('s', 120));
  await endTrials(CANCELLED, 'true');
  const tell = async ({ trial_id }: { readonly trial_id: string }) => {
    if (trial_id === 't000') throw new TypeError('a fault');
  };
  await expect(tellStudies(world.pool, { tell })).rejects.toThrow('a fault');
  expect(await world.query('select trial_id from bridge_trials where not told')).toEqual([{ trial_id: 't000' }]);
});

test('unavailable studies are not asked for each trial', async () => {
  await world.command(startRun('s', 1), ...trialsOf('s', 3));
  await endTrials(CANCELLED, 'true');
  let calls = 0;
  const tell = async () => {
    calls += 1;
    throw new StudyUnavailable('away');
  };
  await expect(tellStudies(world.pool, { tell })).rejects.toThrow('away');
  expect(calls).toBe(1);
});
