import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { UsageError } from '../../src/errors.ts';
import { mlflowAccess } from '../../src/mlflow/mlflow-access.ts';

const access = (environment: Record<string, string>) =>
  mlflowAccess(loadConfig({ MLFLOW_TRACKING_URI: 'http://host:5000/ml/', ...environment }).mlflow);

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

test('keeps the path prefix, and links to the public address', () => {
  expect(access({})).toMatchObject({ base: 'http://host:5000/ml', publicBase: 'http://host:5000/ml' });
  expect(access({ MLFLOW_PUBLIC_URL: 'https://ml.example/' })).toMatchObject({ publicBase: 'https://ml.example' });
});

test.each<[string, Record<string, string>, string | undefined]>([
  ['none', {}, undefined],
  ['a user and a password', { MLFLOW_TRACKING_USERNAME: 'u', MLFLOW_TRACKING_PASSWORD: 'p:w' }, basic('u:p:w')],
  ['a token', { MLFLOW_TRACKING_TOKEN: 't0ken' }, 'Bearer t0ken'],
  [
    'both, where the user wins',
    { MLFLOW_TRACKING_USERNAME: 'u', MLFLOW_TRACKING_PASSWORD: 'p', MLFLOW_TRACKING_TOKEN: 't' },
    basic('u:p'),
  ],
  ['the address', { MLFLOW_TRACKING_URI: 'http://u:p%40@host:5000' }, basic('u:p@')],
])('sends credentials of: %s', (_, environment, authorization) => {
  expect(access(environment).headers().authorization).toBe(authorization);
});

test('sends the workspace only if it is set', () => {
  expect(access({}).headers()).toEqual({});
  expect(access({ MLFLOW_WORKSPACE: 'team-a' }).headers()).toEqual({ 'x-mlflow-workspace': 'team-a' });
});

test('shows no secret when it is printed', () => {
  const shown = access({
    MLFLOW_TRACKING_URI: 'http://u:s3cret@host:5000',
    MLFLOW_TRACKING_USERNAME: 'u',
    MLFLOW_TRACKING_PASSWORD: 's3cret',
    MLFLOW_TRACKING_TOKEN: 's3cret',
  });
  expect(`${JSON.stringify(shown)} ${inspect(shown, { depth: 9, showHidden: true })} ${shown.base}`).not.toContain(
    's3cret',
  );
});

describe('is refused with the setting to change', () => {
  test.each<[Record<string, string>, RegExp]>([
    [{ MLFLOW_TRACKING_URI: '' }, /MLFLOW_TRACKING_URI is not set/],
    [{ MLFLOW_TRACKING_USERNAME: 'u' }, /MLFLOW_TRACKING_PASSWORD need each other/],
    [{ MLFLOW_TRACKING_PASSWORD: 'p' }, /MLFLOW_TRACKING_USERNAME and/],
    [{ MLFLOW_TRACKING_SERVER_CERT_PATH: '/nowhere/ca.pem' }, /MLFLOW_TRACKING_SERVER_CERT_PATH: ENOENT/],
    [{ MLFLOW_TRACKING_URI: 'sqlite:///x' }, /MLFLOW_TRACKING_URI: expected an address that starts with http/],
    [{ MLFLOW_TIMEOUT_MS: '30000' }, /MLFLOW_TIMEOUT_MS: expected an integer from 31000/],
    [{ MLFLOW_WORKSPACE: 'a\r\nb: c' }, /MLFLOW_WORKSPACE/],
    [{ MLFLOW_TRACKING_TOKEN: 'a\nb' }, /MLFLOW_TRACKING_TOKEN: expected printable ASCII without spaces$/m],
  ])('%j', (environment, message) => {
    expect(() => access(environment)).toThrow(UsageError);
    expect(() => access(environment)).toThrow(message);
  });
});
