import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { createKeyedMutex } from '../../../dev/machine/keyed-mutex.ts';
import { SILENT } from '../../../dev/machine/progress.ts';
import { pinsOf, verifyPins } from '../../../dev/parts/jar-pins.ts';
import { kafka } from '../../../dev/parts/kafka.ts';
import { pinned } from '../../../dev/parts/pinned.ts';
import { createInstaller } from '../../../dev/stack/installer.ts';

const folder = mkdtempSync(join(tmpdir(), 'pins-'));
afterAll(() => rmSync(folder, { recursive: true }));

function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(folder, 'jars-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

const LIST = pinsOf(directoryWith({ 'a-1.jar': 'a', 'b-1.jar': 'b' }));

test('the list is that of sha256sum', () => {
  expect(LIST).toBe(
    'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a-1.jar\n' +
      '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b-1.jar\n',
  );
});

test.each([
  [{ 'a-1.jar': 'a', 'b-1.jar': 'b' }, undefined],
  [{ 'a-1.jar': 'a', 'b-1.jar': 'evil' }, /b-1\.jar has the SHA-256 b5c1fb\w+, not 3e23e8\w+/],
  [{ 'a-1.jar': 'a' }, /b-1\.jar was not fetched/],
  [{ 'a-1.jar': 'a', 'b-1.jar': 'b', 'c-1.jar': 'c' }, /c-1\.jar is not in the list/],
  [{ 'a-1.jar': 'a', 'b-2.jar': 'b' }, /b-2\.jar is not in the list; b-1\.jar was not fetched/],
])('files %j are accepted only when each has its pinned hash', (files, fault) => {
  const verify = (): void => verifyPins(directoryWith(files), LIST, 'dev/parts/x.sha256');
  if (fault === undefined) expect(verify).not.toThrow();
  else expect(verify).toThrow(fault);
});

test.each(['kafka', 's3'])('dev/parts/%s.sha256 pins every line by a SHA-256', (name) => {
  const lines = pinned(`${name}.sha256`).trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(20);
  for (const line of lines) expect(line).toMatch(/^[0-9a-f]{64} {2}[\w.+-]+\.jar$/);
});

test('Kafka is not installed from a repository that serves another jar', async () => {
  const path = mkdtempSync(join(folder, 'path-'));
  // A Maven that fetches one file under the name of a pinned jar.
  const script = `#!/bin/sh
for argument in "$@"; do case "$argument" in -DoutputDirectory=*) directory="\${argument#*=}" ;; esac; done
echo evil > "$directory/kafka-clients-4.3.0.jar"
`;
  writeFileSync(join(path, 'mvn'), script);
  chmodSync(join(path, 'mvn'), 0o755);
  const home = join(folder, 'home');
  mkdirSync(home);
  const installer = createInstaller('kafka', {
    home,
    parts: join(folder, 'parts'),
    environment: { ...process.env, PATH: `${path}:${process.env.PATH}` },
    progress: SILENT,
    signal: new AbortController().signal,
    mutex: createKeyedMutex(),
  });
  await expect(kafka.install(installer)).rejects.toThrow(
    /differ from dev\/parts\/kafka\.sha256 and are not used: .*kafka-clients-4\.3\.0\.jar has the SHA-256/s,
  );
  expect(existsSync(join(folder, 'parts', kafka.folder ?? ''))).toBe(false);
});
