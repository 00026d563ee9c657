import { afterAll, expect, test } from '@jest/globals';
import type { MlflowClient } from '../../src/mlflow/client.ts';
import { tagOf } from '../../src/mlflow/entities.ts';
import { AnswerTooLarge } from '../../src/mlflow/http-exchange.ts';
import { listRunIds } from '../../src/mlflow-import/list-run-ids.ts';
import { createPatience } from '../../src/mlflow-import/patience.ts';
import { readRuns } from '../../src/mlflow-import/read-runs.ts';
import { listExperimentRuns } from '../../src/sinks/mlflow/list-experiment-runs.ts';
import { accepted, createMlflowWorld } from '../mlflow/mlflow-world.ts';

const mlflow = await createMlflowWorld();
afterAll(() => mlflow.close());
const patience = createPatience(new AbortController().signal);
const unexpected = (error: Error): void => {
  throw error;
};

test('lists every run once, also those that started at one moment, and reads them', async () => {
  const experimentId = await mlflow.createExperiment('listed');
  const created: string[] = [];
  // Five runs of one moment are more than a page of two, at the edge of one page and across pages.
  for (const startTimeMs of [5, 1_000, 2_000, 2_000, 2_000, 2_000, 2_000, 3_000, 0]) {
    const run = accepted(await mlflow.client.createRun({ experimentId, startTimeMs, name: 'run', tags: [] }));
    created.push(run.runId);
  }
  const [deleted = ''] = created.splice(1, 1);
  accepted(await mlflow.client.deleteRun(deleted));
  for (const pageSize of [1, 2, 3, 100]) {
    const ids = await listRunIds(mlflow.client, experimentId, undefined, patience, unexpected, pageSize);
    expect([...ids].sort()).toEqual([...created].sort());
    const late = await listRunIds(mlflow.client, experimentId, 2_000, patience, unexpected, pageSize);
    expect(late).toHaveLength(6);
  }
  const { runs, failed } = await readRuns(mlflow.client, experimentId, [...created, deleted, 'f'.repeat(32)], patience);
  expect(runs.map(({ runId }) => runId).sort()).toEqual([...created].sort());
  expect(failed.size).toBe(0);
}, 180_000);

test('a page that is too large is halved, and a run that is too large alone is named and left out', async () => {
  const experimentId = await mlflow.createExperiment('large');
  const created: string[] = [];
  for (let index = 0; index < 9; index += 1) {
    const value = 'x'.repeat(index === 4 ? 6_000 : 900);
    const tags = [tagOf('note', value)];
    const run = { experimentId, startTimeMs: 1_000 * (index >> 1), name: 'run', tags };
    created.push(accepted(await mlflow.client.createRun(run)).runId);
  }
  const [large = ''] = created.splice(4, 1);
  // The same limit in small: an answer has room for three runs.
  const searchRuns: MlflowClient['searchRuns'] = async (search) => {
    const url = `${mlflow.client.base}/api/2.0/mlflow/runs/search`;
    const { experimentIds, view, maxResults, filter, orderBy, pageToken } = search;
    const names = { experiment_ids: experimentIds, run_view_type: view, max_results: maxResults };
    const body = JSON.stringify({ ...names, filter, order_by: orderBy, page_token: pageToken });
    const headers = { 'content-type': 'application/json' };
    const answer = Buffer.from(await (await fetch(url, { method: 'POST', headers, body })).arrayBuffer());
    if (answer.length > 5_000) throw new AnswerTooLarge(5_000, answer);
    return mlflow.client.searchRuns(search);
  };
  const named: string[] = [];
  const ids = await listRunIds({ searchRuns }, experimentId, undefined, patience, ({ runId }) => named.push(runId));
  expect([...ids].sort()).toEqual([...created].sort());
  expect(named).toEqual([large]);
  const listed: string[] = [];
  const signal = new AbortController().signal;
  const pages = listExperimentRuns({ searchRuns }, { experimentId, view: 'ALL' }, signal, ({ runId }) =>
    named.push(runId),
  );
  for await (const page of pages) listed.push(...page.map(({ runId }) => runId));
  expect(listed.sort()).toEqual([...created].sort());
  expect(named).toEqual([large, large]);
}, 180_000);

test('an experiment without runs has no ids', async () => {
  expect(
    await listRunIds(mlflow.client, await mlflow.createExperiment('empty'), undefined, patience, unexpected),
  ).toEqual([]);
});
