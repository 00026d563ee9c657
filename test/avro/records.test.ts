import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { TOPIC_RECORDS } from '../../src/avro/codec.ts';
import { generateRecords } from '../../src/avro/generate.ts';
import { loadSchemas, SCHEMA_FOLDER } from '../../src/avro/schemas.ts';

test('records.ts is what `npm run generate` makes of the schema files', () => {
  const written = readFileSync(`${import.meta.dirname}/../../src/avro/records.ts`, 'utf8');
  expect(written).toBe(generateRecords(SCHEMA_FOLDER));
});

test('every schema file has a topic, and every field says what it means', () => {
  const schemas = loadSchemas();
  expect(Object.keys(schemas).sort()).toEqual([...new Set(Object.values(TOPIC_RECORDS).flat())].sort());
  for (const { text } of Object.values(schemas)) {
    const { doc, fields } = JSON.parse(text) as { doc?: string; fields: { name: string; doc?: string }[] };
    expect([doc, ...fields.map((field) => field.doc)]).not.toContain(undefined);
  }
});
