import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, expect, test } from '@jest/globals';
import { createSignLink } from '../../../src/artifacts/sign-links.ts';
import { connectStore } from '../../../src/sinks/archive/object-store.ts';
import { describeStoreError, explain } from '../../../src/sinks/archive/store-error.ts';

/** The variables by which the AWS SDK finds credentials; the last one keeps it from asking the machine for a role. */
const PLACES = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_PROFILE: undefined,
  AWS_SHARED_CREDENTIALS_FILE: '/absent',
  AWS_CONFIG_FILE: '/absent',
  AWS_EC2_METADATA_DISABLED: 'true',
} as const;
const before = Object.keys(PLACES).map((name) => [name, process.env[name]] as const);
const set = (variables: readonly (readonly [string, string | undefined])[]): void => {
  for (const [name, value] of variables) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
};
afterEach(() => set(before));

const SETTINGS = {
  endpoint: 'http://127.0.0.1:1',
  region: 'us-east-1',
  bucket: 'thunderline',
  credentials: undefined,
  timeoutMs: 5_000,
};

test('without credentials, each call says which settings give them', async () => {
  set(Object.entries(PLACES));
  const store = connectStore(SETTINGS);
  const remedy = /no credentials for the bucket: set AWS_ACCESS_KEY_ID, and AWS_SECRET_ACCESS_KEY or/;
  await expect(store.list('archive/').next()).rejects.toThrow(remedy);
  await expect(store.put('archive/a', Buffer.alloc(0))).rejects.toMatchObject({ name: 'StoreUnavailable' });
  await expect(store.problem()).resolves.toMatch(remedy);
  store.close();
  const client = new S3Client({ region: 'us-east-1', endpoint: SETTINGS.endpoint, forcePathStyle: true });
  await expect(createSignLink(client, 60)({ bucket: 'a', key: 'b' }, 'b')).rejects.toThrow(remedy);
  await expect(explain('read b', client.send(new GetObjectCommand({ Bucket: 'a', Key: 'b' })))).rejects.toThrow(remedy);
  client.destroy();
});

test('a request without an answer in time names the bucket', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials });
  const asked = client.send(new GetObjectCommand({ Bucket: 'a', Key: 'b' }), { abortSignal: AbortSignal.timeout(50) });
  await expect(explain('read b', asked)).rejects.toThrow('cannot read b: the bucket did not answer in time');
  client.destroy();
  silent.closeAllConnections();
  silent.close();
});

test('a failed connection is reported with its remedy, and an answer with its status', () => {
  const untrusted = Object.assign(new Error('self-signed certificate'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  expect(describeStoreError(untrusted)).toBe(
    'self-signed certificate: its certificate is signed by an authority that is not trusted here',
  );
  const answer = Object.assign(new Error('UnknownError'), {
    name: 'InternalError',
    $metadata: { httpStatusCode: 500 },
  });
  expect(describeStoreError(answer)).toBe('InternalError: UnknownError (status 500)');
});
