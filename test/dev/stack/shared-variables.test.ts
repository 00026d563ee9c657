import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { pythonProgram, STACK_PYTHON } from '../../../dev/parts/python.ts';
import { sharedDefaults, sharedSettings } from '../../../dev/stack/shared-variables.ts';
import { recordAddresses, withoutStaleAddresses } from '../../../dev/stack/stale-addresses.ts';

const parts = mkdtempSync(join(tmpdir(), 'parts-'));
const home = mkdtempSync(join(tmpdir(), 'shared-'));
afterAll(() => {
  for (const folder of [parts, home]) rmSync(folder, { recursive: true });
});

const DEFAULTS = { PORT: '4001', PUBLIC_URL: 'http://localhost:4001', CEREBROS_PYTHON: pythonProgram(parts) };

test('a connected shell has the port, the public address and the interpreter that the roles have', () => {
  expect(sharedDefaults({ parts, environment: {} }, 4001)).toEqual(DEFAULTS);
});

test('settings of the environment replace the defaults', () => {
  const set = { PORT: '5000', PUBLIC_URL: 'https://thunderline.example', CEREBROS_PYTHON: '/usr/bin/python3' };
  expect(sharedDefaults({ parts, environment: set }, 5000)).toEqual({});
  expect(sharedSettings({ parts, environment: { ...set, LOG_LEVEL: 'info' } })).toEqual(set);
});

test('with MLflow elsewhere, the interpreter is that of the stack only if it is installed', () => {
  const elsewhere = { parts, environment: { MLFLOW_TRACKING_URI: 'https://mlflow.example' } };
  expect(sharedDefaults(elsewhere, 4001)).not.toHaveProperty('CEREBROS_PYTHON');
  mkdirSync(join(parts, STACK_PYTHON.folder));
  expect(sharedDefaults(elsewhere, 4001)).toHaveProperty('CEREBROS_PYTHON', pythonProgram(parts));
});

test('defaults of a stopped stack are chosen again, and settings stay', () => {
  recordAddresses(home, DEFAULTS);
  const shell = { THUNDERLINE_STACK: home, ...DEFAULTS, PUBLIC_URL: 'https://thunderline.example' };
  const { environment } = withoutStaleAddresses(shell);
  expect(environment).toEqual({ THUNDERLINE_STACK: home, PUBLIC_URL: 'https://thunderline.example' });
});
