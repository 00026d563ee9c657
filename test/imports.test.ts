import { describe, expect, test } from '@jest/globals';
import { violationsOf } from './imports.ts';
import { readSources, sourceFile } from './source-files.ts';

const ROOT = `${import.meta.dirname}/..`;

test('no file of src/ breaks a rule', () => {
  const files = readSources(ROOT);
  expect(files.length).toBeGreaterThan(50);
  expect(violationsOf(files)).toEqual([]);
});

test('finds every import of a file, types included', () => {
  const source = readSources(ROOT).find(({ path }) => path === 'src/kafka/client/connect-producer.ts');
  expect(source?.imports).toContainEqual({ target: 'kafkajs', typesOnly: false });
  expect(source?.imports).toContainEqual({ target: 'src/metrics.ts', typesOnly: true });
});

/** The ways to name another module. */
const FORMS = {
  import: (target: string) => `import { a, type B } from '${target}';`,
  'import over lines': (target: string) => `import {\n  a,\n  type B,\n} from '${target}';`,
  'import for its effect': (target: string) => `import '${target}';`,
  'import type': (target: string) => `import type { B } from '${target}';`,
  export: (target: string) => `export { a } from '${target}';`,
  'dynamic import': (target: string) => `const { a } = await import('${target}');`,
  require: (target: string) => `const { a } = require("${target}");`,
} as const;
const ALL_FORMS = Object.keys(FORMS) as (keyof typeof FORMS)[];

describe('an import', () => {
  test.each<[string, string]>([
    ['src/events/a.ts', 'node:fs'],
    ['src/events/a.ts', 'pg'],
    ['src/events/a.ts', '../record.ts'],
    ['src/events/deep/a.ts', '../../topics.ts'],
    ['src/processors/a.ts', 'node:http'],
    ['src/sinks/a.ts', 'kafkajs'],
    ['src/sinks/a.ts', 'kafkajs/src/protocol/decoder'],
    ['src/serve.ts', '../dev/stack/stack.ts'],
    ['src/http/a.ts', '../../test/world.ts'],
    ['src/runtime/a.ts', '../events/parse.ts'],
    ['src/runtime/a.ts', '../sinks/postgres.ts'],
    ['src/kafka/a.ts', '../runtime/backoff.ts'],
    ['src/kafka/a.ts', '../events/event.ts'],
    ['src/avro/codec.ts', '../events/event.ts'],
    ['src/kafka/client/consumer.ts', '../../events/event.ts'],
    ['src/avro/a.ts', '../processors/router-stage.ts'],
    ['src/http/a.ts', '../sinks/postgres.ts'],
    ['src/store/a.ts', '../http/server.ts'],
    ['src/serve.ts', './cli/serve.ts'],
    ['src/http/a.ts', '../platform.ts'],
    ['src/connections.ts', './platform.ts'],
    ['src/replay/a.ts', '../platform.ts'],
  ])('%s must not import %s, in any form', (path, target) => {
    for (const form of ALL_FORMS) expect(violationsOf([sourceFile(path, FORMS[form](target))])).toHaveLength(1);
  });

  test('of types only breaks it too, except for the types of the Avro records in events/', () => {
    const records = (form: keyof typeof FORMS) => sourceFile('src/events/a.ts', FORMS[form]('../avro/records.ts'));
    expect(violationsOf([records('import type')])).toEqual([]);
    expect(violationsOf([records('import')])).toHaveLength(1);
  });
});

test.each<[string, string]>([
  ['src/events/a.ts', 'node:crypto'],
  ['src/events/a.ts', './b.ts'],
  ['src/events/a.ts', '../errors.ts'],
  ['src/processors/a.ts', '../runtime/stage.ts'],
  ['src/kafka/a.ts', 'kafkajs'],
  ['src/avro/registry.ts', '@kafkajs/confluent-schema-registry'],
  ['src/cli/main.ts', './serve.ts'],
  ['src/roles/role.ts', '../platform.ts'],
  ['src/serve.ts', './platform.ts'],
  ['src/runtime/a.ts', '../kafka/client/consumer.ts'],
])('%s may import %s', (path, target) => {
  for (const form of ALL_FORMS) expect(violationsOf([sourceFile(path, FORMS[form](target))])).toEqual([]);
});

test.each<[string, string, number]>([
  ['src/events/a.ts', 'const now = Date.now();', 1],
  ['src/events/a.ts', 'const now = new Date();', 1],
  ['src/events/a.ts', 'const day = new Date(text).getUTCDate();', 0],
  ['src/processors/a.ts', 'const coin = Math.random() > 0.5;', 1],
  ['src/events/a.ts', "// never Date.now()\n/* import pg from 'pg'; */\nconst a = 1;", 0],
  ['src/serve.ts', 'const port = process.env.PORT;', 1],
  ['src/serve.ts', "const port = process['env']['PORT'];", 1],
  ['src/serve.ts', 'const { env } = process;', 1],
  ['src/serve.ts', "const url = 'http://example'; // process.env is read in config.ts", 0],
  ['src/config.ts', 'const environment = process.env;', 0],
])('%s with the code %j', (path, code, violations) => {
  expect(violationsOf([sourceFile(path, code)])).toHaveLength(violations);
});
