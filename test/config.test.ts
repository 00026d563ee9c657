import { describe, expect, test } from '@jest/globals';
import { loadConfig, OPTIONS } from '../src/config.ts';
import { UsageError } from '../src/errors.ts';
import { integer, type OptionGroup, option, text, uniqueVariables } from '../src/option.ts';

const VARIABLES = Object.values<OptionGroup>(OPTIONS).flatMap((group) =>
  Object.values(group).map(({ variable }) => variable),
);

describe('loadConfig', () => {
  test('reads every option into its group', () => {
    const config = loadConfig({ KAFKA_BROKERS: 'a:1, b:2', DATABASE_POOL_SIZE: '3', S3_ENDPOINT: '' });
    expect(config.kafka.brokers).toEqual(['a:1', 'b:2']);
    expect(config.postgres.poolSize).toBe(3);
    expect(config.s3.endpoint).toBeUndefined();
    for (const [name, group] of Object.entries<OptionGroup>(OPTIONS)) {
      expect(Object.keys(config[name as keyof typeof config])).toEqual(Object.keys(group));
    }
  });

  test('names every variable it cannot read, and prints no secret', () => {
    const read = () => loadConfig({ PORT: 'x', CHUNK_RECORDS: '0', DATABASE_URL: 'mysql://user:secret@host' });
    expect(read).toThrow(UsageError);
    for (const variable of ['PORT', 'CHUNK_RECORDS', 'DATABASE_URL']) expect(read).toThrow(`${variable}: expected`);
    expect(read).not.toThrow(/secret/);
  });
});

test('no two options read the same variable', () => {
  expect(VARIABLES.toSorted()).toEqual([...new Set(VARIABLES)].toSorted());
});

test('two options that read the same variable do not compile', () => {
  const port = option('PORT', integer(0), '1', 'A port.');
  uniqueVariables({ one: { port }, other: { host: option('HOST', text, '', 'A host.') } });
  // @ts-expect-error PORT is read in two groups
  uniqueVariables({ one: { port }, other: { again: option('PORT', text, '', 'The same port.') } });
  // @ts-expect-error PORT is read twice in one group
  uniqueVariables({ one: { port, again: option('PORT', text, '', 'The same port.') } });
});
