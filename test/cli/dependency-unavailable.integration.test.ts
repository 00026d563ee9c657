import { afterAll, expect, test } from '@jest/globals';
import { createRuntimeWorld } from '../runtime/runtime-world.ts';
import { startThunderline } from '../support/thunderline.ts';

const world = await createRuntimeWorld();
afterAll(() => world.close());

/** Settings under which a dependency refuses connections. */
const KAFKA = { KAFKA_BROKERS: '127.0.0.1:1' };
const REGISTRY = { SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' };
const POSTGRES = { DATABASE_URL: 'postgres://u@127.0.0.1:1/x' };

test.each([
  ['deadletters list', KAFKA, 'Kafka does not answer at 127.0.0.1:1: '],
  ['deadletters show 0:1', KAFKA, 'Kafka does not answer at 127.0.0.1:1: '],
  ['deadletters replay', KAFKA, 'Kafka does not answer at 127.0.0.1:1: '],
  ['deadletters skip --group g --topic t --partition 0 --offset 1', KAFKA, 'Kafka does not answer at 127.0.0.1:1: '],
  ['replay --dry-run', KAFKA, 'Kafka does not answer at 127.0.0.1:1: '],
  ['replay', KAFKA, 'Kafka does not answer at 127.0.0.1:1: '],
  ['topics', KAFKA, 'Kafka does not answer at 127.0.0.1:1: '],
  ['topics --apply', KAFKA, 'Kafka does not answer at 127.0.0.1:1: '],
  ['schemas check', REGISTRY, 'schema registry http://127.0.0.1:1'],
  ['schemas register', REGISTRY, 'schema registry http://127.0.0.1:1'],
  ['replay --verify', POSTGRES, 'cannot connect for the verification: connect ECONNREFUSED'],
  ['replay', POSTGRES, 'cannot migrate the database: connect ECONNREFUSED'],
  ['migrate', POSTGRES, 'cannot migrate the database: connect ECONNREFUSED'],
  ['retention', POSTGRES, 'cannot read the tables of DATABASE_URL: connect ECONNREFUSED'],
  ['retention --restore 0', POSTGRES, 'cannot read the tables of DATABASE_URL: connect ECONNREFUSED'],
  ['queue', POSTGRES, 'cannot use the queue in DATABASE_URL: connect ECONNREFUSED'],
  ['keys list', POSTGRES, 'cannot read the keys in DATABASE_URL: postgres: connect ECONNREFUSED'],
])('%s prints one line when a dependency is unavailable', async (command, away, cause) => {
  const { code, err } = await startThunderline({ ...world.environment, ...away }, command.split(' ')).ended;
  expect(code).toBe(1);
  expect(err.trim().split('\n')).toEqual([expect.stringContaining(`thunderline: ${cause}`)]);
});
