import { afterAll, describe, expect, test } from '@jest/globals';
import { metricOf, paramOf, tagOf } from '../../src/mlflow/entities.ts';
import { accepted, createMlflowWorld } from './mlflow-world.ts';

const mlflow = await createMlflowWorld();
afterAll(() => mlflow.close());
const { client } = mlflow;
const STARTED = 1_760_000_000_000;
const UNKNOWN = '0'.repeat(32);

const point = (step: number, value = 0.5) => metricOf({ name: 'loss', value, timestampMs: STARTED + step, step });
const refused = (kind: string, message: RegExp) => ({
  ok: false,
  refusal: { kind, message: expect.stringMatching(message) },
});

test('answers its check with a real call', async () => {
  await expect(client.check()).resolves.toBeUndefined();
});

describe('experiments', () => {
  test('are created once, found by name, tagged, and listed by a filter', async () => {
    const name = mlflow.name(`it's "quoted" /a?b=c&d#e 日本`);
    expect(await client.getExperimentByName(name)).toMatchObject(refused('gone', /RESOURCE_DOES_NOT_EXIST/));
    const experimentId = accepted(
      await client.createExperiment({ name, tags: [tagOf('thunderline.model_run_id', 'r')] }),
    );
    expect(await client.createExperiment({ name, tags: [] })).toMatchObject(
      refused('exists', /RESOURCE_ALREADY_EXISTS/),
    );
    accepted(await client.setExperimentTag(experimentId, tagOf('more', 'yes')));
    const found = accepted(await client.getExperimentByName(name));
    expect(found).toMatchObject({ experimentId, name, lifecycleStage: 'active' });
    expect(Object.fromEntries(found.tags)).toMatchObject({ 'thunderline.model_run_id': 'r', more: 'yes' });
    const search = { filter: "tags.more = 'yes'", view: 'ALL', maxResults: 1_000 } as const;
    const page = accepted(await client.searchExperiments(search));
    expect(page.items.map((item) => item.experimentId)).toContain(experimentId);
    expect(await client.restoreExperiment(experimentId)).toMatchObject(refused('gone', /RESOURCE_DOES_NOT_EXIST/));
  });
});

describe('runs', () => {
  test('have their start time, name and tags from the start, and get a status and an end', async () => {
    const experimentId = await mlflow.createExperiment('runs');
    const tags = [tagOf('thunderline.key', 'abc'), tagOf('mlflow.user', 'someone')];
    const run = accepted(await client.createRun({ experimentId, startTimeMs: STARTED, name: 'r'.repeat(255), tags }));
    expect(run).toMatchObject({ experimentId, status: 'RUNNING', startTimeMs: STARTED, lifecycleStage: 'active' });
    accepted(await client.updateRun(run.runId, { status: 'FINISHED', endTimeMs: STARTED + 5 }));
    const stored = accepted(await client.getRun(run.runId));
    expect(stored).toMatchObject({ status: 'FINISHED', endTimeMs: STARTED + 5, name: `${'r'.repeat(249)}…` });
    expect(stored.tags.get('thunderline.key')).toBe('abc');
    const filter = "tags.`thunderline.key` = 'abc'";
    const page = accepted(
      await client.searchRuns({ experimentIds: [experimentId], filter, view: 'ACTIVE_ONLY', maxResults: 10 }),
    );
    expect(page.items.map(({ runId }) => runId)).toEqual([run.runId]);
  });

  test('are listed page by page, in order', async () => {
    const experimentId = await mlflow.createExperiment('pages');
    const created = [];
    for (let index = 0; index < 3; index += 1) created.push(await mlflow.createRun(experimentId));
    const search = {
      experimentIds: [experimentId],
      orderBy: ['attributes.start_time ASC'],
      view: 'ALL',
      maxResults: 2,
    } as const;
    const first = accepted(await client.searchRuns(search));
    const second = accepted(await client.searchRuns({ ...search, pageToken: first.nextPageToken }));
    expect(first.items).toHaveLength(2);
    expect(second.nextPageToken).toBeUndefined();
    expect([...first.items, ...second.items].map(({ runId }) => runId)).toEqual(created.sort());
  });

  test('keep metrics, params and tags, each once', async () => {
    const runId = await mlflow.createRun(await mlflow.createExperiment('batch'));
    const points = [point(0, Number.NaN), point(1), point(2, Number.NEGATIVE_INFINITY)];
    for (let times = 0; times < 2; times += 1) {
      accepted(await client.logMetrics(runId, points));
      accepted(await client.logParams(runId, [paramOf('lr', '0.1')]));
      accepted(await client.logTags(runId, [tagOf('a', '1'), tagOf('b', '2')]));
    }
    accepted(await client.setTag(runId, tagOf('a', '3')));
    accepted(await client.deleteTag(runId, 'b'));
    expect(await client.deleteTag(runId, 'b')).toMatchObject(refused('gone', /No tag with name: b/));
    const run = accepted(await client.getRun(runId));
    expect(Object.fromEntries(run.params)).toEqual({ lr: '0.1' });
    expect(Object.fromEntries(run.tags)).toMatchObject({ a: '3' });
    expect(run.tags.has('b')).toBe(false);
    const history = accepted(await client.getHistory({ runId, name: 'loss', maxResults: 2 }));
    const rest = accepted(
      await client.getHistory({ runId, name: 'loss', maxResults: 2, pageToken: history.nextPageToken }),
    );
    expect([...history.items, ...rest.items]).toEqual([
      { value: Number.NaN, timestampMs: STARTED, step: 0 },
      { value: 0.5, timestampMs: STARTED + 1, step: 1 },
      { value: -Number.MAX_VALUE, timestampMs: STARTED + 2, step: 2 },
    ]);
    const bulk = accepted(await client.getHistories([runId, UNKNOWN], 'loss'));
    expect(bulk).toEqual({ byRun: new Map([[runId, [...history.items, ...rest.items]]]), isWhole: true });
  });

  test('refuse a param that changes its value, and keep the first', async () => {
    const runId = await mlflow.createRun(await mlflow.createExperiment('params'));
    accepted(await client.logParams(runId, [paramOf('lr', '0.1')]));
    const again = await client.logParams(runId, [paramOf('new', '1'), paramOf('lr', '0.2')]);
    expect(again).toMatchObject(refused('changed_param', /already logged/));
    expect(Object.fromEntries(accepted(await client.getRun(runId)).params)).toEqual({ lr: '0.1' });
  });

  test('that were deleted accept nothing, until they are restored', async () => {
    const runId = await mlflow.createRun(await mlflow.createExperiment('deleted'));
    accepted(await client.deleteRun(runId));
    accepted(await client.deleteRun(runId));
    expect(await client.logMetrics(runId, [point(1)])).toMatchObject(
      refused('inactive', /must be in the 'active' state/),
    );
    expect(accepted(await client.getRun(runId)).lifecycleStage).toBe('deleted');
    accepted(await client.restoreRun(runId));
    accepted(await client.logMetrics(runId, [point(1)]));
  });

  test('that do not exist are gone', async () => {
    const gone = refused('gone', /not found/);
    expect(await client.getRun(UNKNOWN)).toMatchObject(gone);
    expect(await client.logMetrics(UNKNOWN, [point(1)])).toMatchObject(gone);
    expect(await client.updateRun(UNKNOWN, { status: 'FAILED' })).toMatchObject(gone);
    expect(accepted(await client.getHistory({ runId: UNKNOWN, name: 'loss', maxResults: 1 })).items).toEqual([]);
  });

  test('list the artifacts that are below their root', async () => {
    const runId = await mlflow.createRun(await mlflow.createExperiment('artifacts'));
    const { rootUri, items } = accepted(await client.listArtifacts(runId));
    expect(rootUri).toContain(runId);
    expect(items).toEqual([]);
  });
});

test('a call of more entries than MLflow accepts is a bug of its caller', async () => {
  await expect(
    client.logMetrics(
      UNKNOWN,
      Array.from({ length: 1_001 }, (_, step) => point(step)),
    ),
  ).rejects.toThrow(RangeError);
  await expect(
    client.logTags(
      UNKNOWN,
      Array.from({ length: 101 }, () => tagOf('a', 'b')),
    ),
  ).rejects.toThrow(RangeError);
});

test('ids cannot leave their place in a request', async () => {
  for (const id of ['../../health', 'a?b=c', 'a&run_id=b', '%2e%2e', 'a\r\nb', '"}']) {
    expect(await client.getRun(id)).toMatchObject({ ok: false });
    expect(await client.setTag(id, tagOf('a', 'b'))).toMatchObject({ ok: false });
  }
});

test('counts calls by result', async () => {
  const text = await mlflow.metrics.registry.getSingleMetricAsString('thunderline_mlflow_calls_total');
  expect(text).toContain('call="runs/log-batch",result="ok"');
  expect(text).toContain('call="runs/log-batch",result="changed_param"');
});
