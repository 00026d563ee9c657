import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findPythons } from './find-pythons.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'thunderline-pythons-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a program that answers as an interpreter of this version, or fails as one without its venv module. */
function write(place: string, minor: number, version: string | undefined): string {
  const bin = join(folder, place, 'bin');
  const program = join(bin, `python3.${minor}`);
  mkdirSync(bin, { recursive: true });
  writeFileSync(program, `#!/bin/sh\n${version === undefined ? 'exit 1' : `echo ${version}`}\n`);
  chmodSync(program, 0o755);
  return program;
}

const find = () =>
  findPythons({
    PATH: join(folder, 'path/bin'),
    PYENV_ROOT: join(folder, 'pyenv'),
    UV_PYTHON_INSTALL_DIR: join(folder, 'uv'),
  });

test('finds one interpreter of each version on the path, in pyenv and in uv', () => {
  write('path', 10, '3.10.13');
  write('pyenv/versions/3.10.1', 10, '3.10.1');
  const inPyenv = write('pyenv/versions/3.12.1', 12, '3.12.1');
  const inUv = write('uv/cpython-3.13.0-linux', 13, '3.13.0');
  expect(find()).toEqual([
    { version: '3.10.13', program: 'python3.10' },
    { version: '3.12.1', program: inPyenv },
    { version: '3.13.0', program: inUv },
  ]);
});

test('passes over programs that fail and programs of another version', () => {
  write('path', 11, undefined);
  write('pyenv/versions/3.11.0', 11, '3.9.18');
  const sound = write('pyenv/versions/3.11.7', 11, '3.11.7');
  expect(find()).toEqual([{ version: '3.11.7', program: sound }]);
});

test('finds nothing where there is no Python', () => {
  expect(find()).toEqual([]);
});
