import { expect, test } from '@jest/globals';
import { SLICE_EVENTS, SLICE_LENGTH, sliceLength } from '../../../src/http/ingest/slice-length.ts';
import { accept } from '../../events/receive.ts';
import { METRIC, NDJSON, post, startGateway } from '../gateway.ts';

/** An event with a text of `length`. */
const event = (length: number) => accept('ml.trial.start', { trial_id: 't', metadata: { note: 'n'.repeat(length) } });
const metric = (name: string) => accept('ml.run.metric', { trial_id: 't', measurements: { [name]: 1 } });

test.each([
  ['few short events', Array(10).fill(event(10)), 10],
  ['many short events', Array(SLICE_EVENTS + 1).fill(event(10)), SLICE_EVENTS],
  ['long events', Array(100).fill(event(SLICE_LENGTH / 4)), 3],
  ['a long event after short ones', [...Array(7).fill(event(10)), event(SLICE_LENGTH)], 7],
  ['an event that is too long for any slice', [event(SLICE_LENGTH), event(10)], 1],
  ['long names of metrics', Array(SLICE_EVENTS).fill(metric('n'.repeat(255))), SLICE_EVENTS],
])('publishes %s in slices', (_, events, length) => {
  expect(sliceLength(events)).toBe(length);
});

test('counts the names of metrics', () => {
  const wide = accept('ml.run.metric', {
    trial_id: 't',
    measurements: Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`${'n'.repeat(250)}${at}`, at])),
  });
  expect(sliceLength(Array(SLICE_EVENTS).fill(wide))).toBe(4);
});

test.each([
  ['a JSON body', {}, (events: readonly object[]) => JSON.stringify(events)],
  ['NDJSON', NDJSON, (events: readonly object[]) => events.map((event) => JSON.stringify(event)).join('\n')],
])('%s of megabytes is published in slices, in its order', async (_, headers, textOf) => {
  const slices: number[] = [];
  const gateway = await startGateway({}, (events) => void slices.push(JSON.stringify(events).length));
  const events = Array.from({ length: 30 }, (_, step) => ({
    ...METRIC,
    step,
    metadata: { note: 'n'.repeat(200_000) },
  }));
  const said = await post(gateway.url, textOf(events), headers);
  await gateway.close();
  expect([said.status, said.body.accepted]).toEqual([202, 30]);
  expect(gateway.published.map(({ event_id }) => event_id)).toEqual(said.body.event_ids);
  expect(slices.length).toBeGreaterThanOrEqual(6);
  expect(Math.max(...slices)).toBeLessThan(1.1 * SLICE_LENGTH);
});
