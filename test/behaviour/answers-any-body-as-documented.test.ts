import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NDJSON, post, startGateway, type TestGateway } from '../http/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const NAMES = [
  'ml.run.start',
  'ml.run.stop',
  'ml.run.metric',
  'ml.trial.start',
  'ml.trial.complete',
  'ml.trial.failed',
];
const FIELDS = [
  ...['event', 'name', 'event_id', 'timestamp', 'model_run_id', 'trial_id', 'mlflow_run_id', 'spectral_norm', 'step'],
  ...['measurements', 'metadata', 'metric_name', 'metric_value', 'metrics', 'parameters', 'hyperparams', 'state'],
  ...[
    'duration_ms',
    'rank',
    'artifact_uri',
    'error_type',
    'error_message',
    'success',
    'source',
    '__proto__',
    'constructor',
  ],
];

/** Anything JSON can say, and things close to an event. */
const nearly = fc.dictionary(
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...FIELDS) }, fc.string()),
  fc.jsonValue(),
);
const event = fc.tuple(nearly, fc.constantFrom(...NAMES)).map(([fields, name]) => ({ ...fields, event: name }));
const value = fc.oneof(fc.jsonValue(), nearly, event);

/** Expects a documented status, and numbers of accepted and rejected events that add up to the events posted. */
function expectDocumented({ status, body }: Awaited<ReturnType<typeof post>>, events: number): void {
  expect([202, 207, 400, 422]).toContain(status);
  if (status === 400) return;
  const refused = new Set(body.rejected?.map(({ index }) => index)).size;
  expect((body.accepted ?? 0) + refused).toBe(events);
}

describe('any JSON value', () => {
  test('posted alone is answered as documented', async () => {
    await fc.assert(
      fc.asyncProperty(value, async (json) => {
        expectDocumented(await post(gateway.url, JSON.stringify(json)), Array.isArray(json) ? json.length : 1);
      }),
    );
  });

  test('posted in an array is answered as documented', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 8 }), async (list) => {
        expectDocumented(await post(gateway.url, JSON.stringify(list)), list.length);
      }),
    );
  });

  test('posted in lines has the answer it has in an array', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 8 }), async (list) => {
        const lines = await post(gateway.url, list.map((item) => JSON.stringify(item)).join('\n'), NDJSON);
        const array = await post(gateway.url, JSON.stringify(list));
        expect([lines.status, lines.body.rejected]).toEqual([array.status, array.body.rejected]);
      }),
    );
  });
});

test('any bytes are answered as documented', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.constantFrom({}, NDJSON), async (bytes, type) => {
      expect([400, 422]).toContain((await post(gateway.url, bytes, type)).status);
    }),
  );
});
