import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CallCrashPoint, CrashPoint } from '../harness/crash-point.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { mirrorFaults } from '../harness/mirror-faults.ts';
import { type MlflowPart, startMlflowPart } from '../harness/mlflow-part.ts';
import { settled } from '../harness/settle.ts';
import { postEvents, trialEvents } from '../harness/trials.ts';

/** Every moment of the write protocol in docs/mlflow.md at which the process may end. */
const MOMENTS: readonly (readonly [what: string, at: CrashPoint | CallCrashPoint, after: number])[] = [
  ['before an experiment is created', 'before call experiments/create', 0],
  ['after an experiment was created, and before it is kept', 'after call experiments/create', 0],
  ['before an intent is stated', 'before query intend-mlflow-run', 3],
  ['between an intent and the call to create the run', 'before call runs/create', 3],
  ['while MLflow creates a run', 'during call runs/create', 3],
  ['after a run was created, and before it is linked', 'after call runs/create', 3],
  ['after a run was linked, and before its points', 'after query link-mlflow-run', 3],
  ['while MLflow stores points', 'during call runs/log-batch', 4],
  ['after points were stored, and before their offsets are kept', 'before query save-mlflow-written', 0],
  ['after the offsets of points were kept, and before the commit', 'after query save-mlflow-written', 0],
  ['between tags and status', 'before call runs/update', 3],
  ['after the status, and before the versions are kept', 'before query save-mlflow-versions', 5],
  ['before the commit', 'before the commit', 1],
  ['after the commit', 'after the commit', 1],
];

let mlflow: MlflowPart;
let world: FaultWorld;
beforeAll(async () => {
  mlflow = await startMlflowPart();
  world = await createFaultWorld({
    MLFLOW_TRACKING_URI: mlflow.url,
    MLFLOW_LINGER_MS: '0',
    MLFLOW_TIMEOUT_MS: '31000',
  });
  await (await world.start(['gateway', 'router', 'postgres'])).ready();
});
afterAll(async () => {
  await world.close();
  await mlflow.close();
});

/** Small chunks, so that a process that ends in one of the first leaves most of the records unread. */
const SMALL_CHUNKS = { CHUNK_RECORDS: '100' };

async function restartsAndConverges(modelRunId: string): Promise<void> {
  const restarted = await world.start(['mlflow']);
  await settled(world, ['postgres', 'mlflow']);
  expect(await mirrorFaults(world, mlflow.databaseUrl, modelRunId)).toEqual([]);
  await restarted.stop();
}

test.each(MOMENTS)('MLflow has each run and point once after the mirror was killed -9 %s', async (_, at, after) => {
  const modelRunId = `${world.topicPrefix}${MOMENTS.findIndex((moment) => moment[1] === at)}`;
  await postEvents(world, trialEvents({ modelRunId, trials: 12, steps: 60 }));
  const crashing = await world.start(['mlflow'], { crash: { at, after }, environment: SMALL_CHUNKS });
  expect(await crashing.ended).toBe('signal SIGKILL');
  expect(crashing.log).toContain(`crash: mlflow ${at}`);
  await restartsAndConverges(modelRunId);
});

const LATE_MOMENTS = [
  ['before the link moves', 'before query take-over-mlflow-run'],
  ['after the link moved', 'after query take-over-mlflow-run'],
  ['before the key of the run is removed', 'before call runs/delete-tag'],
  ['before the run is deleted', 'before call runs/delete'],
  ['after the run was deleted', 'after call runs/delete'],
] as const;

test.each(LATE_MOMENTS)('a late id leaves each trial one run after the mirror was killed -9 %s', async (_, at) => {
  const modelRunId = `${world.topicPrefix}late-${LATE_MOMENTS.findIndex((moment) => moment[1] === at)}`;
  const mlflowRunIds = await clientRuns(modelRunId, 4);
  const events = trialEvents({ modelRunId, trials: 4, steps: 20, mlflowRunIds });
  const isEnd = (event: object): boolean => 'mlflow_run_id' in event;
  await postEvents(
    world,
    events.filter((event) => !isEnd(event)),
  );
  const first = await world.start(['mlflow']);
  await settled(world, ['postgres', 'mlflow']);
  await first.stop();

  await postEvents(world, events.filter(isEnd));
  const crashing = await world.start(['mlflow'], { crash: { at, after: 1 } });
  expect(await crashing.ended).toBe('signal SIGKILL');
  expect(crashing.log).toContain(`crash: mlflow ${at}`);
  await restartsAndConverges(modelRunId);
});

/** Creates runs as training code does, in an experiment of that name. */
async function clientRuns(experiment: string, count: number): Promise<readonly string[]> {
  const post = async (call: string, body: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${mlflow.url}/api/2.0/mlflow/${call}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return answer.json();
  };
  const { experiment_id } = (await post('experiments/create', { name: experiment })) as { experiment_id: string };
  const runs: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const created = await post('runs/create', { experiment_id, start_time: 1 });
    runs.push((created as { run: { info: { run_id: string } } }).run.info.run_id);
  }
  return runs;
}
