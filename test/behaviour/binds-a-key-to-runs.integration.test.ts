import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Serving } from '../../src/serve.ts';
import { ask, createKeyedWorld, type KeyedWorld, post } from '../access/gateway.ts';

const TIMEOUT_MS = 180_000;
const START = { event: 'ml.trial.start', trial_id: 't' };

let keyed: KeyedWorld;
let gateway: Serving;
let bound: string;

beforeAll(async () => {
  keyed = await createKeyedWorld();
  bound = (await keyed.issue(['ingest', 'read'], { runPrefix: 'team-a/' })).key;
  gateway = await keyed.start();
}, TIMEOUT_MS);
afterAll(() => keyed.close());

const rejected = (index: number) => ({
  index,
  code: 'run_out_of_reach',
  path: 'model_run_id',
  message: 'must start with "team-a/": this API key is bound to such runs',
});

test('a bound key posts events of its runs', async () => {
  const { status } = await post(gateway, bound, { ...START, model_run_id: 'team-a/7' });
  expect(status).toBe(202);
});

test.each([
  ['another run', { ...START, model_run_id: 'team-b/7' }],
  ['a run that only resembles its own', { ...START, model_run_id: 'team-a' }],
  ['a run in another case', { ...START, model_run_id: 'TEAM-A/7' }],
  ['no run, which is the run unassigned', START],
  [
    'another run in the shape of the Python client',
    { event: 'ml.trial.start', trial_id: 't', metadata: { model_run_id: 'x' } },
  ],
  ['the run of a run-level event', { event: 'ml.run.start', model_run_id: 'team-b' }],
])('a bound key is refused for an event of %s', async (_, event) => {
  const { status, body } = await post(gateway, bound, event);
  expect(status).toBe(422);
  expect(body.rejected).toEqual([rejected(0)]);
});

test('a batch is accepted in the part that the key reaches', async () => {
  const events = ['team-a/1', 'team-b/1', 'team-a/2'].map((run) => ({ ...START, model_run_id: run }));
  const { status, body } = await post(gateway, bound, ...events);
  expect({ status, accepted: body.accepted, rejected: body.rejected }).toEqual({
    status: 207,
    accepted: 2,
    rejected: [rejected(1)],
  });
  const lines = await ask(`${gateway.url}/api/events/ml`, bound, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: events.map((event) => JSON.stringify(event)).join('\n'),
  });
  expect({ accepted: lines.body.accepted, rejected: lines.body.rejected }).toEqual({
    accepted: 2,
    rejected: [rejected(1)],
  });
});

test('a route about all runs refuses a bound key, whatever its scopes', async () => {
  const { status, body } = await ask(`${gateway.url}/metrics`, bound);
  expect({ status, code: body.code }).toEqual({ status: 403, code: 'forbidden' });
  expect(body.detail).toContain('"team-a/"');
  expect(await ask(`${gateway.url}/openapi.json`, bound)).toMatchObject({ status: 200 });
});
