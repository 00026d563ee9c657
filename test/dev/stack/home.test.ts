import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { writeEnvFile } from '../../../dev/stack/env-file.ts';
import { claimHome, secretsOf } from '../../../dev/stack/home.ts';

const home = mkdtempSync(join(tmpdir(), 'home-'));
afterAll(() => rmSync(home, { recursive: true }));

test('the mark of an ended process is replaced', () => {
  const gone = spawnSync('true').pid;
  for (const left of [
    JSON.stringify({ pid: gone, startTime: '1' }),
    JSON.stringify({ pid: process.pid, startTime: 'before this one' }),
    '{',
  ]) {
    writeFileSync(join(home, 'running.json'), left);
    const release = claimHome(home);
    expect(() => claimHome(home)).toThrow(`as process ${process.pid}`);
    release();
  }
});

test('a home keeps its passwords, readable for its owner only', () => {
  const secrets = secretsOf(home);
  expect(secretsOf(home)).toEqual(secrets);
  expect(statSync(join(home, 'secrets.json')).mode & 0o777).toBe(0o600);
});

test('a shell reads the values of the env file unchanged', () => {
  const variables = { PLAIN: 'http://127.0.0.1:1/x', ODD: `it's "$HOME" & more`, EMPTY: '' };
  writeEnvFile(home, variables);
  expect(statSync(join(home, 'env')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(home, 'env'), 'utf8')).toContain('PLAIN=http://127.0.0.1:1/x\n');
  const script = `set -a; . ${join(home, 'env')}; printf '%s|%s|%s' "$PLAIN" "$ODD" "$EMPTY"`;
  expect(spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).stdout).toBe(Object.values(variables).join('|'));
});

test('the env file is written although no part has created the home', () => {
  const fresh = join(home, 'fresh');
  writeEnvFile(fresh, { PLAIN: 'x' });
  expect(readFileSync(join(fresh, 'env'), 'utf8')).toContain('PLAIN=x\n');
});
