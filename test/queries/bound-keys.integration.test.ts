import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { queries } from '../../src/roles/queries.ts';
import type { Serving } from '../../src/serve.ts';
import { ask, createKeyedWorld, type KeyedWorld } from '../access/gateway.ts';
import { accept } from '../events/receive.ts';
import { openSink } from '../sinks/postgres/open-sink.ts';
import { recordOf } from '../sinks/postgres/records.ts';

let keyed: KeyedWorld;
let server: Serving;
let key: string;

beforeAll(async () => {
  keyed = await createKeyedWorld();
  // Before the start: a server without a key is open until it has noticed the first one.
  key = (await keyed.issue(['read'], { runPrefix: 'mine-' })).key;
  server = await keyed.start({}, queries);
  const sink = await openSink(keyed.world.databaseUrl);
  for (const run of ['mine-1', 'other-1']) {
    const about = { model_run_id: run, trial_id: 't', mlflow_run_id: `mlflow-${run}` };
    await sink.write([
      recordOf(accept('ml.trial.complete', { ...about, parameters: { lr: 1 }, metrics: { loss: 1 } })),
    ]);
  }
  await sink.close();
});
afterAll(() => keyed.close());

const get = (path: string) => ask(server.url + path, key);

test('a key that is bound to runs finds these and no others', async () => {
  const { body: runs } = await get('/api/runs');
  expect((runs.runs as { model_run_id: string }[]).map((run) => run.model_run_id)).toEqual(['mine-1']);
  for (const query of [
    '',
    '?q=t',
    '?model_run_id=other-1&model_run_id=mine-1',
    '?param.lr=1',
    '?mlflow_run_id=mlflow-mine-1',
  ]) {
    const { body } = await get(`/api/trials${query}`);
    const found = (body.trials as { model_run_id: string }[]).map((trial) => trial.model_run_id);
    expect({ query, found, total: body.total }).toEqual({ query, found: ['mine-1'], total: 1 });
  }
  expect((await get('/api/trials?mlflow_run_id=mlflow-other-1')).body.total).toBe(0);
  expect((await get('/api/mlflow/runs/mlflow-mine-1')).status).toBe(200);
  expect((await get('/api/mlflow/runs/mlflow-other-1')).status).toBe(404);
});

test.each(['', '/trials/t', '/metrics?name=loss', '/trials/t/metrics?name=loss'])(
  'a key that is bound to runs is refused /api/runs/other-1%s',
  async (rest) => {
    expect((await get(`/api/runs/other-1${rest}`)).status).toBe(403);
    expect((await get(`/api/runs/mine-1${rest}`)).status).toBe(200);
  },
);

test('the facets of a key that is bound to runs leave out others', async () => {
  const { body } = await get('/api/runs/mine-1/facets?model_run_id=other-1');
  expect(body.trials).toMatchObject({ total: 1 });
  expect((await get('/api/runs/other-1/facets?model_run_id=mine-1')).status).toBe(403);
});
