import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TrialCommand } from '../../../src/avro/records.ts';
import { loadSchemas } from '../../../src/avro/schemas.ts';
import { WIRE_HEADER_BYTES } from '../../../src/avro/wire.ts';
import { loadConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { commands as role } from '../../../src/roles/commands.ts';
import { type Serving, serve } from '../../../src/serve.ts';
import { createKafkaWorld, type KafkaWorld } from '../../kafka/kafka-world.ts';
import { type Answer, ask } from '../../support/ask.ts';

let world: KafkaWorld;
let serving: Serving;
beforeAll(async () => {
  world = await createKafkaWorld();
  serving = await serve(loadConfig(world.environment), [role], createLog('silent'));
});
afterAll(async () => {
  await serving.stop();
  await world.close();
});

const post = (path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(serving.url + path, {
    method: 'POST',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

const written = async () =>
  (await world.read(`${world.topicPrefix}ml.commands`)).map(({ key, value, headers }) => ({
    key: key?.toString(),
    headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, String(header)])),
    command: loadSchemas().TrialCommand.type.fromBuffer(
      value?.subarray(WIRE_HEADER_BYTES) ?? Buffer.alloc(0),
    ) as TrialCommand,
  }));

test('each route writes its command under the key of its run or trial', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const started = await post('/api/runs', { model_run_id: 'run/1', n_trials: 2 }, { traceparent });
  expect(started).toMatchObject({ status: 202, body: { model_run_id: 'run/1', command_id: expect.any(String) } });
  const trials = await post('/api/runs/run%2F1/trials', [{ trial_id: 'a' }, { hyperparams: { x: 1 } }]);
  expect(trials).toMatchObject({ status: 202, body: { model_run_id: 'run/1', trials: [{ trial_id: 'a' }, {}] } });
  const cancelled = await post('/api/runs/run%2F1/cancel');
  expect(cancelled).toMatchObject({ status: 202, body: { model_run_id: 'run/1' } });
  const one = await post('/api/runs/run%2F1/trials/a/cancel', { reason: 'any body is ignored' });
  expect(one).toMatchObject({ status: 202, body: { model_run_id: 'run/1', trial_id: 'a' } });

  const records = await written();
  expect(records.map(({ key, command: { operation } }) => `${operation} ${key}`).sort()).toEqual(
    [
      'start_run run/1',
      'run_trial run/1/a',
      `run_trial run/1/${(trials.body.trials as { trial_id: string }[])[1]?.trial_id}`,
      'cancel_run run/1',
      'cancel_trial run/1/a',
    ].sort(),
  );
  const start = records.find(({ command: { operation } }) => operation === 'start_run');
  expect(start?.headers).toEqual({
    'event-id': started.body.command_id,
    event: 'start_run',
    'correlation-id': 'run/1',
    traceparent,
  });
});

test('an integer that a double cannot hold keeps its digits', async () => {
  const { body } = await post(
    '/api/runs/exact/trials',
    '{"hyperparams": {"seed": 340282366920938463463374607431768211457}}',
  );
  const [{ command_id } = { command_id: '' }] = body.trials as { command_id: string }[];
  const sent = (await written()).find(({ command }) => command.command_id === command_id);
  expect(sent?.command.hyperparams).toBe('{"seed":340282366920938463463374607431768211457}');
});

test('the same Idempotency-Key writes the same command', async () => {
  const headers = { 'idempotency-key': 'once' };
  const [first, second] = [
    await post('/api/runs', { n_trials: 1 }, headers),
    await post('/api/runs', { n_trials: 1 }, headers),
  ];
  expect(second.body).toEqual(first.body);
  const commands = (await written()).filter(({ command }) => command.command_id === first.body.command_id);
  expect(new Set(commands.map(({ key }) => key))).toEqual(new Set([first.body.model_run_id]));
});

describe('a refused request writes nothing', () => {
  test.each<[string, unknown, Record<string, string>, number, string]>([
    ['a fault', { n_trials: 0, extra: 1 }, {}, 422, 'command_rejected'],
    ['no JSON', '{"n_trials": 1', {}, 400, 'malformed_json'],
    ['text', '{}', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['a compressed body', '{}', { 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
    ['a long body', JSON.stringify({ n_trials: 1, payload: { a: 'x'.repeat(600_000) } }), {}, 413, 'body_too_large'],
    ['a key twice', '{"n_trials": 1, "n_trials": 2}', {}, 422, 'command_rejected'],
    ['an Idempotency-Key with a space', { n_trials: 1 }, { 'idempotency-key': 'a b' }, 400, 'malformed_request'],
  ])('%s', async (_, body, headers, status, code) => {
    const before = (await written()).length;
    const answer = await post('/api/runs', body, headers);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect(await written()).toHaveLength(before);
  });

  test('and lists every fault with its place', async () => {
    const { body } = await post('/api/runs/r/trials', [{ trial_id: '' }, { timeout_ms: -1 }]);
    expect(body.faults).toEqual([
      { code: 'invalid_value', path: '[0].trial_id', message: 'must not be empty' },
      { code: 'invalid_value', path: '[1].timeout_ms', message: 'expected an integer from 1 to 604800000' },
    ]);
  });
});
