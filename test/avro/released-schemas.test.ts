import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { SCHEMA_FOLDER } from '../../src/avro/schemas.ts';
import { startThunderline } from '../support/thunderline.ts';

const RELEASED = join(SCHEMA_FOLDER, 'released');
const folder = mkdtempSync(join(tmpdir(), 'thunderline-schemas-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each(readdirSync(RELEASED))('every schema reads the records of release %s', async (release) => {
  const command = startThunderline(process.env, ['schemas', 'check', '--released', join(RELEASED, release)]);
  const { code, out } = await command.ended;
  expect(out.trim().split('\n')).toHaveLength(readdirSync(join(RELEASED, release)).length);
  expect(out).not.toContain('breaking');
  expect(code).toBe(0);
});

test('a new field without a default, and a removed schema, are named', async () => {
  cpSync(SCHEMA_FOLDER, folder, { recursive: true, filter: (path) => !path.includes('released') });
  const path = join(folder, 'RunMetric.avsc');
  const schema = JSON.parse(readFileSync(path, 'utf8')) as { fields: object[] };
  writeFileSync(path, JSON.stringify({ ...schema, fields: [...schema.fields, { name: 'added', type: 'string' }] }));
  rmSync(join(folder, 'RunStop.avsc'));
  const [release = ''] = readdirSync(RELEASED);
  const options = ['--schemas', folder, '--released', join(RELEASED, release)];
  const { code, out } = await startThunderline(process.env, ['schemas', 'check', ...options]).ended;
  expect(out).toContain('added: a new field needs a default');
  expect(out).toContain('the schema was removed');
  expect(code).toBe(1);
});
