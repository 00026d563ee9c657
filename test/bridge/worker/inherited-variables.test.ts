import { expect, test } from '@jest/globals';
import { inherits } from '../../../src/bridge/worker/inherited-variables.ts';

const environment = {
  PATH: '/bin',
  LC_ALL: 'C',
  MLFLOW_TRACKING_URI: 'http://mlflow',
  DATABASE_URL: 'postgres://secret@db',
  KAFKA_SASL_PASSWORD: 'secret',
  AWS_SECRET_ACCESS_KEY: 'secret',
  LD_PRELOAD: '/x.so',
  PYTHONPATH: '/x',
  NODE_OPTIONS: '--inspect',
  MY_DATA: '/data',
  PATHOLOGICAL: '1',
};

const namesFor = (further: readonly string[]): string[] => Object.keys(environment).filter(inherits(further));

test('workers get the variables of the list and no others', () => {
  expect(namesFor([])).toEqual(['PATH', 'LC_ALL', 'MLFLOW_TRACKING_URI']);
});

test('and those that BRIDGE_ENVIRONMENT adds', () => {
  expect(namesFor(['MY_*', 'AWS_SECRET_ACCESS_KEY'])).toEqual([
    'PATH',
    'LC_ALL',
    'MLFLOW_TRACKING_URI',
    'AWS_SECRET_ACCESS_KEY',
    'MY_DATA',
  ]);
});
