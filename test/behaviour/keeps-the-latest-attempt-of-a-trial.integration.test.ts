import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Address } from '../../src/address.ts';
import { connectRegistry } from '../../src/avro/registry.ts';
import { loadSchemas } from '../../src/avro/schemas.ts';
import { typeOfSchema } from '../../src/avro/type-of-schema.ts';
import { WIRE_HEADER_BYTES, writeWireHeader } from '../../src/avro/wire.ts';
import { createLog } from '../../src/log.ts';
import { roleNamed } from '../../src/pipeline.ts';
import { type Serving, serve } from '../../src/serve.ts';
import { accept } from '../events/receive.ts';
import { post } from '../http/gateway.ts';
import { createReplayWorld } from '../replay/replay-world.ts';
import { eventually } from '../support/eventually.ts';
import { lagOf } from '../support/lag-of.ts';

const ROLES = ['gateway', 'router', 'postgres', 'archive'] as const;

const world = await createReplayWorld();
const { tables } = world;
let system: Serving;
beforeAll(async () => {
  system = await serve(world.config, ROLES.map(roleNamed), createLog('silent'));
});
afterAll(async () => {
  await system.stop();
  await world.close();
});

type Input = Readonly<Record<string, unknown>>;

const second = (number: number): string => new Date(Date.UTC(2025, 9, 5) + number * 1_000).toISOString();

const of = (trial: string) => ({ model_run_id: 'study', trial_id: trial });

const firstAttempt = (trial: string): Input[] =>
  [
    { event: 'ml.trial.start', timestamp: second(1), parameters: { lr: 1 } },
    { event: 'ml.run.metric', timestamp: second(2), event_id: 'epoch-1', step: 1, measurements: { loss: 0.9 } },
    { event: 'ml.run.metric', timestamp: second(3), event_id: 'epoch-2', step: 2, measurements: { loss: 0.8 } },
  ].map((event, index) => ({ event_id: `first-${index}`, ...event, ...of(trial), attempt: 1 }));

const secondAttempt = (trial: string): Input[] =>
  [
    {
      event: 'ml.trial.start',
      timestamp: second(10),
      hyperparams: { lr: 1 },
      parameters: { lr: 1 },
      spectral_norm: false,
      metadata: { host: 'b' },
    },
    { event: 'ml.run.metric', timestamp: second(11), event_id: 'epoch-1', step: 1, measurements: { loss: 0.5 } },
    { event: 'ml.run.metric', timestamp: second(12), event_id: 'epoch-2', step: 2, measurements: { loss: 0.4 } },
    {
      event: 'ml.trial.complete',
      timestamp: second(20),
      metrics: { accuracy: 0.9 },
      artifact_uri: 's3://models/2.pt',
      mlflow_run_id: 'm2',
    },
  ].map((event, index) => ({ event_id: `second-${index}`, ...event, ...of(trial), attempt: 2 }));

/** Everything that the process of the first attempt still sends, in both shapes: it was frozen meanwhile. */
const lateWords = (trial: string): Input[] => [
  ...[
    { event: 'ml.run.metric', timestamp: second(30), event_id: 'epoch-2', step: 2, measurements: { loss: 9 } },
    { event: 'ml.run.metric', timestamp: second(31), event_id: 'epoch-3', step: 3, measurements: { loss: 9 } },
    {
      event: 'ml.trial.complete',
      timestamp: second(32),
      metrics: { accuracy: 0.1, late: 1 },
      parameters: { lr: 9 },
      spectral_norm: true,
      mlflow_run_id: 'm1',
      artifact_uri: 's3://models/2.pt',
      duration_ms: 1,
      rank: 1,
      host: 'frozen',
    },
  ].map((event, index) => ({ event_id: `late-flat-${index}`, ...event, ...of(trial), attempt: 1 })),
  ...[
    { event: 'ml.trial.failed', metadata: { error_type: 'Late', error_message: 'late' } },
    { event: 'ml.run.stop', metadata: { success: false }, measurements: { accuracy: 0.2 } },
    { event: 'ml.run.start', metadata: { hyperparams: { lr: 9 } } },
  ].map(({ metadata, ...event }, index) => ({
    event_id: `late-python-${index}`,
    timestamp: second(40 + index),
    metadata: { ...metadata, model_run_id: 'study', attempt: '1' },
    trial_id: trial,
    ...event,
  })),
];

async function say(events: readonly Input[]): Promise<void> {
  expect((await post(system.url, events)).status).toBe(202);
  // Records on their way through the router are not yet part of the lag of the sink.
  for (const role of ['router', 'postgres', 'archive'] as const) {
    await eventually(async () => (await lagOf(world.admin, world.topicPrefix, role)) === 0);
  }
}

/** All that readers see of a trial, down to the time of its last change. */
async function trialOf(trial: string) {
  const read = (sql: string) => tables.query(sql, [trial]);
  return {
    row: await read('select * from cerebros_model_trials where trial_id = $1'),
    points: await read('select name, step, value, attempt from trial_metric_points where trial_id = $1 order by step'),
    finalMetrics: await read('select name, value from trial_final_metric_values where trial_id = $1'),
    artifacts: await read('select * from model_artifacts where trial_id = $1'),
  };
}

const SECOND_ATTEMPT = {
  status: 'completed',
  attempt: 2,
  metrics: { accuracy: 0.9 },
  hyperparams: { lr: 1 },
  parameters: { lr: 1 },
  spectral_norm: false,
  mlflow_run_id: 'm2',
  artifact_uri: 's3://models/2.pt',
  duration_ms: null,
  rank: null,
  error_type: null,
  metadata: { host: 'b' },
  started_at: new Date(second(1)),
  completed_at: new Date(second(20)),
};

test('the late word of an earlier attempt changes nothing of a trial', async () => {
  await say(firstAttempt('late'));
  await say(secondAttempt('late'));
  const before = await trialOf('late');
  expect(before.row).toEqual([expect.objectContaining(SECOND_ATTEMPT)]);
  expect(before.points).toEqual([
    { name: 'loss', step: '1', value: 0.5, attempt: 2 },
    { name: 'loss', step: '2', value: 0.4, attempt: 2 },
  ]);
  expect(before.finalMetrics).toEqual([{ name: 'accuracy', value: 0.9 }]);
  expect(before.artifacts).toEqual([
    expect.objectContaining({ uri: 's3://models/2.pt', version: expect.stringMatching(/^300002/) }),
  ]);

  await say(lateWords('late'));
  expect(await trialOf('late')).toEqual(before);
  // The new point is kept all the same, apart from those of the second attempt.
  expect(
    await tables.query(`select step, value from trial_attempt_points where trial_id = 'late' and attempt = 1`),
  ).toEqual([{ step: '3', value: 9 }]);
});

test('the second attempt restarts a trial that the first has ended, also without points of its own', async () => {
  await say([...firstAttempt('again'), ...lateWords('again')]);
  expect((await trialOf('again')).row).toEqual([expect.objectContaining({ status: 'failed', attempt: 1 })]);
  const [start, , , complete] = secondAttempt('again');
  await say([{ ...start }]);
  const running = await trialOf('again');
  expect(running.row).toEqual([expect.objectContaining({ status: 'running', metrics: null, artifact_uri: null })]);
  expect([running.points, running.finalMetrics]).toEqual([[], []]);
  await say([{ ...complete }]);
  expect((await trialOf('again')).row).toEqual([expect.objectContaining({ status: 'completed', attempt: 2 })]);
});

test('points without a number are those of a trial whose lifecycle alone is numbered', async () => {
  const [start, one, two, complete] = secondAttempt('script');
  await say([start, { ...one, attempt: 0 }, { ...two, attempt: null }, complete].map((event) => ({ ...event })));
  expect((await trialOf('script')).points).toMatchObject([{ attempt: 0 }, { attempt: 0 }]);
});

test('records that an earlier release wrote, without an attempt, have the attempt 0', async () => {
  const { record, fullName, text } = earlierMetric();
  const registry = connectRegistry({ url: new Address(String(world.environment.SCHEMA_REGISTRY_URL)) });
  const id = await registry.register(`${world.topicPrefix}ml.events-${fullName}`, text);
  const body = typeOfSchema(JSON.parse(text)).toBuffer(record);
  const value = Buffer.concat([Buffer.alloc(WIRE_HEADER_BYTES), body]);
  writeWireHeader(value, id);
  await world.send(`${world.topicPrefix}ml.events`, { key: 'study/old', value });
  await say([{ event: 'ml.run.metric', ...of('next'), measurements: { loss: 1 } }]);
  const old = await trialOf('old');
  expect(old.row).toEqual([expect.objectContaining({ status: 'running', attempt: 0, outcome_version: '1' })]);
  expect(old.points).toEqual([{ name: 'loss', step: '1', value: 0.5, attempt: 0 }]);
});

/** A metric event as a release without attempts encodes it. */
function earlierMetric() {
  const { fullName, text } = loadSchemas().RunMetric;
  const schema = JSON.parse(text) as { fields: { name: string }[] };
  const earlier = { ...schema, fields: schema.fields.filter(({ name }) => name !== 'attempt') };
  const record = accept('ml.run.metric', { ...of('old'), step: 1, measurements: { loss: 0.5 }, timestamp: second(1) });
  return { record, fullName, text: JSON.stringify(earlier) };
}

test('the rows are the same if the late word comes first, and after any replay', async () => {
  await say([...lateWords('early'), ...secondAttempt('early'), ...firstAttempt('early')]);
  const early = await trialOf('early');
  for (const [name, rows] of Object.entries(await trialOf('late'))) {
    expect(early[name as keyof typeof early].map(contentOf)).toEqual(rows.map(contentOf));
  }

  const live = await tables.content();
  for (const source of [{}, { archive: world.archive }]) {
    await tables.empty();
    await world.replay(source);
    expect(await tables.content()).toEqual(live);
    const { differences } = await world.replay({ ...source, verify: true });
    expect(differences?.filter(({ count }) => count > 0)).toEqual([]);
  }
});

/** A row without the columns that differ between trials, or with the time of the write. */
const contentOf = ({ trial_id: _, artifact_id: __, created_at: ___, updated_at: ____, ...content }: Input): Input =>
  content;
