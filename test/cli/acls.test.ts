import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PROJECT } from '../../dev/stack/folders.ts';
import { runThunderline, startThunderline } from '../support/thunderline.ts';

const environment = { PATH: process.env.PATH };

test('prints the script of deploy/, line by line', async () => {
  const script = readFileSync(join(PROJECT, 'deploy/kafka-acls.sh'), 'utf8');
  expect(await runThunderline(environment, 'acls')).toBe(script);
});

test('gives the rights of several roles to one principal, each once', async () => {
  const out = await runThunderline(environment, 'acls', '--roles', 'queries,observer', '--principal', 'User:web');
  const lines = out.split('\n').filter((line) => line.startsWith('acl --add'));
  expect(lines.every((line) => line.includes('--allow-principal User:web '))).toBe(true);
  expect(new Set(lines).size).toBe(lines.length);
  expect(lines.filter((line) => line.includes('--operation Describe --group thunderline. '))).toHaveLength(1);
  expect(lines.some((line) => line.includes('--operation Create'))).toBe(false);
});

test.each([
  [['--principal', 'User:web'], 'name them with --roles, or add {role}'],
  [['--roles', 'web'], 'expected names of gateway'],
  [['--principal', 'web'], 'expected a type, a colon and a name'],
])('%j is refused', async (args, message) => {
  const { code, err } = await startThunderline(environment, ['acls', ...args]).ended;
  expect(code).not.toBe(0);
  expect(err).toContain(message);
});
