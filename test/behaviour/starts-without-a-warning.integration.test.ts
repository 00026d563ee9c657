import { afterAll, expect, test } from '@jest/globals';
import { startThunderline } from '../support/thunderline.ts';
import { until } from '../support/until.ts';
import { createWorld, mlflowReady } from '../support/world.ts';

const READY_MS = 120_000;
const world = await createWorld();
afterAll(() => world.close());

test('the first start of all roles, on an empty database and a broker without topics, warns of nothing', async () => {
  const environment = { ...world.environment, LOG_LEVEL: 'info', MLFLOW_TRACKING_URI: await mlflowReady() };
  const { child, ended } = startThunderline(environment, ['start']);
  let log = '';
  child.stdout?.on('data', (chunk: string) => {
    log += chunk;
  });
  try {
    await until('all roles are ready', READY_MS, () => log.includes('thunderline is ready'));
  } finally {
    child.kill('SIGTERM');
  }
  const { err } = await ended;
  const lines = log.split('\n').filter((line) => line !== '' && !line.startsWith('{"level":"info"'));
  expect({ lines, err }).toEqual({ lines: [], err: '' });
}, 300_000);
