import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { claimHome } from '../../../dev/stack/home.ts';
import { recordAddresses, withoutStaleAddresses } from '../../../dev/stack/stale-addresses.ts';

const homes: string[] = [];
afterAll(() => {
  for (const home of homes) rmSync(home, { recursive: true });
});

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'stale-'));
  homes.push(home);
  return home;
}

const KAFKA = { KAFKA_BROKERS: '127.0.0.1:9092' };
const S3 = {
  S3_ENDPOINT: 'http://127.0.0.1:9000',
  S3_BUCKET: 'thunderline',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
};

test('addresses of a stopped stack are removed, with the variables that belong to them', () => {
  const home = newHome();
  recordAddresses(home, { ...KAFKA, ...S3, PORT: '4000' });
  const kept = { THUNDERLINE_STACK: home, LOG_LEVEL: 'warn' };
  expect(withoutStaleAddresses({ ...KAFKA, ...S3, PORT: '4000', ...kept })).toEqual({
    environment: kept,
    stopped: ['kafka', 's3'],
  });
});

test('addresses of a running stack are kept', () => {
  const home = newHome();
  recordAddresses(home, KAFKA);
  const environment = { ...KAFKA, THUNDERLINE_STACK: home };
  const release = claimHome(home);
  expect(withoutStaleAddresses(environment)).toEqual({ environment, stopped: [] });
  release();
  expect(withoutStaleAddresses(environment).stopped).toEqual(['kafka']);
});

test('an address that the running stack had in an earlier run is removed', () => {
  const home = newHome();
  recordAddresses(home, KAFKA);
  recordAddresses(home, { KAFKA_BROKERS: '127.0.0.1:9094' });
  const release = claimHome(home);
  expect(withoutStaleAddresses({ ...KAFKA, THUNDERLINE_STACK: home }).stopped).toEqual(['kafka']);
  release();
});

test('a part that runs elsewhere stays there, and keeps variables whose values the stopped stack had too', () => {
  const home = newHome();
  recordAddresses(home, { ...KAFKA, ...S3 });
  const elsewhere = { KAFKA_BROKERS: 'kafka.example:9092', ...S3, S3_ENDPOINT: 'https://s3.example' };
  const environment = { ...elsewhere, THUNDERLINE_STACK: home };
  expect(withoutStaleAddresses(environment)).toEqual({ environment, stopped: [] });
});

test('an environment that does not come from an env file is left as it is', () => {
  recordAddresses(newHome(), KAFKA);
  expect(withoutStaleAddresses(KAFKA)).toEqual({ environment: KAFKA, stopped: [] });
});
