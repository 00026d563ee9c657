import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { folderOf } from '../../dev/machine/install-once.ts';
import { QUICK_START } from '../../dev/parts/jvm.ts';
import { installJars, STRIMZI_JARS } from '../../dev/parts/maven.ts';
import { PARTS_FOLDER, PROJECT } from '../../dev/stack/folders.ts';
import { createTestInstaller } from '../runner/test-installer.ts';

/** The resources of Strimzi, read by the classes with which its operators read them. */
const PROGRAM = join(import.meta.dirname, 'strimzi/CheckResources.java');
const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');
const JARS = join(PARTS_FOLDER, folderOf('strimzi-api-0.49.0', read(STRIMZI_JARS.pom), read(STRIMZI_JARS.hashes)));

const topics = read('deploy/kubernetes/strimzi/topics.yaml');
const users = read('deploy/kubernetes/strimzi/users.yaml');
const count = (text: string): number => text.split(/^---$/m).length;

beforeAll(async () => {
  const installer = createTestInstaller('strimzi');
  await installer.install(JARS, 'the classes of Strimzi, 18 MB', (temporary) =>
    installJars(installer, STRIMZI_JARS, temporary),
  );
}, 600_000);

function check(input: string) {
  const args = [...QUICK_START, '-cp', join(JARS, '*'), PROGRAM];
  const { status, stdout, stderr } = spawnSync('java', args, { input, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return { status, lines: stdout.trimEnd().split('\n') };
}

test('every topic and user is read, and no field is unknown', () => {
  const expected = [`${count(topics) + count(users)} resources`];
  expect(check(`${topics}---\n${users}`)).toEqual({ status: 0, lines: expected });
});

test.each([
  ['a field that is misspelt', topics, /replicas: 3/, 'replica: 3', 'KafkaTopic ml.events: unknown field replica'],
  ['text for a number', topics, /partitions: 6/, 'partitions: six', 'from String "six"'],
  ['an operation that does not exist', users, /- Write/, '- Wrte', '"Wrte" is read as null'],
  ['a pattern that does not exist', users, /patternType: literal/, 'patternType: litral', '"litral" is read as'],
  ['a mechanism that does not exist', users, /scram-sha-512/, 'scram-512', "type id 'scram-512'"],
  ['a kind that does not exist', users, /kind: KafkaUser/, 'kind: KafkaUsr', 'unknown kind'],
])('%s is found', (_, text, from, to, message) => {
  expect(text).toMatch(from);
  const { status, lines } = check(text.replace(from, to));
  expect(status).toBe(1);
  expect(lines.join('\n')).toContain(message);
});
