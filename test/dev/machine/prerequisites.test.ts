import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { requirePrerequisites } from '../../../dev/machine/prerequisites.ts';
import { SILENT } from '../../../dev/machine/progress.ts';
import { startStack } from '../../../dev/stack/stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'prerequisites-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A path with only these programs, each of which prints one line. */
function pathWith(programs: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const path = mkdtempSync(join(folder, 'path-'));
  mkdirSync(path, { recursive: true });
  for (const [name, line] of Object.entries(programs)) {
    writeFileSync(join(path, name), `#!/bin/sh\necho '${line}'\n`);
    chmodSync(join(path, name), 0o755);
  }
  return { PATH: path };
}

test.each([
  ['java', {}, /need Java 17 or newer, and no `java` was found: install it, .*docker compose up/],
  ['java', { java: 'openjdk version "11.0.2"' }, /need Java 17 or newer, and `java` is version 11:/],
  ['maven', {}, /fetched with Maven, and no `mvn` was found: install it, .*docker compose up/],
  ['python', {}, /need Python 3\.10 or newer with its venv module, and none was found: .*docker compose up/],
  ['python', { python3: '3.9' }, /and `python3` is version 3\.9:/],
  ['go', {}, /need.*Go 1\.24 or newer, and no `go` was found: install it from https/],
  ['go', { go: 'go version go1.22.5 linux/amd64' }, /and `go` is version 1\.22:/],
  [
    'wrk',
    {},
    /^This benchmark needs the load generator wrk, and none was found: apt-get install wrk, or brew install wrk\.$/,
  ],
  ['chromium', {}, /need Chromium or Chrome, and none was found: apt-get install chromium, or set CHROMIUM_PATH/],
] as const)('a missing %s is reported in one sentence that says what to do (%j)', (name, programs, sentence) => {
  expect(() => requirePrerequisites([name], pathWith(programs))).toThrow(sentence);
});

test('tools that are installed and new enough are no fault', () => {
  const environment = pathWith({
    java: 'openjdk version "21.0.1"',
    mvn: 'Apache Maven 3.9',
    'python3.11': '3.11',
    go: 'go version go1.24.1 linux/amd64',
    wrk: 'wrk 4.1.0',
    'google-chrome': 'Google Chrome 140',
  });
  const all = ['java', 'maven', 'python', 'go', 'wrk', 'chromium'] as const;
  expect(() => requirePrerequisites(all, environment)).not.toThrow();
});

test('every missing tool is reported at once', () => {
  expect(() => requirePrerequisites(['maven', 'wrk'], pathWith({}))).toThrow(/no `mvn` was found: .*\n.*wrk, and none/);
});

test('a stack does not start when a tool is missing', async () => {
  const home = join(folder, 'home');
  const options = { home, parts: join(folder, 'parts'), environment: pathWith({}), progress: SILENT };
  await expect(startStack(options)).rejects.toThrow('no `java` was found');
});
