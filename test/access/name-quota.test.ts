import { expect, test } from '@jest/globals';
import { type NameLimits, NameQuota, type NewNames } from '../../src/access/name-quota.ts';
import { SeenNames } from '../../src/access/seen-names.ts';
import type { MlEvent } from '../../src/events/event.ts';
import { EVENT_LIMITS } from '../../src/events/fault.ts';
import { parseEvent } from '../../src/events/parse.ts';

const HOUR_MS = 3_600_000;
const perHour = (count: number) => ({ perSecond: count / 3_600, capacity: count });

function quotaOf(limits: NameLimits, keyId = 'a', seen = new SeenNames(10_000, 7)) {
  const clock = { ms: 0 };
  const sent: NewNames[] = [];
  const quota = new NameQuota(
    keyId,
    limits,
    seen,
    () => clock.ms,
    (names) => sent.push(names),
  );
  return { quota, clock, sent, seen };
}

function eventOf(fields: object): MlEvent {
  const parsed = parseEvent(
    { event: 'ml.run.metric', ...fields },
    { receivedAt: 0, freshId: () => 'id' },
    EVENT_LIMITS,
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.event;
}

const metric = (trial: string, ...names: readonly string[]): MlEvent =>
  eventOf({
    model_run_id: 'run',
    trial_id: trial,
    measurements: Object.fromEntries(names.map((name) => [name, 1])),
  });

test('names beyond the limit are rejected, and known ones are accepted all the same', () => {
  const { quota } = quotaOf({ metrics: perHour(3) });
  expect(quota.faultOf(metric('t', 'a', 'b', 'c'))).toBeUndefined();
  expect(quota.faultOf(metric('t', 'd'))).toEqual({
    code: 'too_many_new_names',
    path: 'measurements',
    message: expect.stringContaining('its limit of 3 an hour'),
  });
  expect(quota.faultOf(metric('other', 'a', 'b'))).toBeUndefined();
  expect(quota.faultOf(metric('t', 'a', 'd'))?.code).toBe('too_many_new_names');
});

test('trials beyond the limit are rejected, and runs count as trials', () => {
  const { quota } = quotaOf({ trials: perHour(2) });
  expect(quota.faultOf(metric('1', 'a'))).toBeUndefined();
  expect(quota.faultOf(eventOf({ event: 'ml.run.start', model_run_id: 'run' }))).toBeUndefined();
  expect(quota.faultOf(metric('2', 'a'))).toMatchObject({ code: 'too_many_new_names', path: 'trial_id' });
  expect(quota.faultOf(eventOf({ event: 'ml.run.start', model_run_id: 'b' }))?.path).toBe('model_run_id');
  expect(quota.faultOf(metric('1', 'b'))).toBeUndefined();
});

test('an event that is rejected for its metrics does not spend its trial', () => {
  const { quota, sent } = quotaOf({ trials: perHour(1), metrics: perHour(1) });
  expect(quota.faultOf(metric('1', 'a'))).toBeUndefined();
  expect(sent).toHaveLength(1);
  const other = quotaOf({ trials: perHour(1), metrics: perHour(1) });
  expect(other.quota.faultOf(eventOf({ model_run_id: 'run', trial_id: '1', measurements: { a: 1 } }))).toBeUndefined();
  expect(other.quota.faultOf(metric('1', 'b'))?.path).toBe('measurements');
});

test('the limit is restored within an hour', () => {
  const { quota, clock } = quotaOf({ metrics: perHour(10) });
  for (let index = 0; index < 10; index += 1) expect(quota.faultOf(metric('t', `a${index}`))).toBeUndefined();
  expect(quota.faultOf(metric('t', 'b'))).toBeDefined();
  clock.ms += HOUR_MS / 10;
  expect(quota.faultOf(metric('t', 'b'))).toBeUndefined();
  expect(quota.faultOf(metric('t', 'c'))).toBeDefined();
});

test('final metrics are names too', () => {
  const { quota } = quotaOf({ metrics: perHour(1) });
  const complete = (name: string) =>
    eventOf({ event: 'ml.trial.complete', model_run_id: 'run', trial_id: 't', metrics: { [name]: 1 } });
  expect(quota.faultOf(complete('a'))).toBeUndefined();
  expect(quota.faultOf(complete('b'))).toMatchObject({ code: 'too_many_new_names', path: 'metrics' });
});

test('keys have limits of their own, and a name one of them introduced is new to another', () => {
  const seen = new SeenNames(10_000, 7);
  const one = quotaOf({ metrics: perHour(1) }, 'a', seen);
  const other = quotaOf({ metrics: perHour(1) }, 'b', seen);
  expect(one.quota.faultOf(metric('t', 'a'))).toBeUndefined();
  expect(other.quota.faultOf(metric('t', 'a'))).toBeUndefined();
  expect(other.quota.faultOf(metric('t', 'b'))).toBeDefined();
});

test('names that another process accepted are known, and spent', () => {
  const [here, there] = [quotaOf({ metrics: perHour(2) }), quotaOf({ metrics: perHour(2) })];
  expect(there.quota.faultOf(metric('t', 'a', 'b'))).toBeUndefined();
  for (const names of there.sent) here.quota.take(names);
  expect(here.quota.faultOf(metric('t', 'a'))).toBeUndefined();
  expect(here.quota.faultOf(metric('t', 'c'))).toBeDefined();
});

test('without limits nothing is counted', () => {
  const { quota, sent } = quotaOf({});
  for (let index = 0; index < 1_000; index += 1) expect(quota.faultOf(metric(`${index}`, `m${index}`))).toBeUndefined();
  expect(sent).toEqual([]);
});
