import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KEY_RANDOM_BYTES, mintKey } from '../../src/access/api-key.ts';
import { readApiKey } from '../../src/cli/read-api-key.ts';
import { startThunderline } from '../support/thunderline.ts';

const key = mintKey(randomBytes(KEY_RANDOM_BYTES));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thunderline-key-'));
  await writeFile(join(folder, 'key'), `${key}\n`);
  await writeFile(join(folder, 'other'), 'password\n');
});
afterAll(() => rm(folder, { recursive: true }));

test('a key is read from its file without the line break', async () => {
  expect(await readApiKey(join(folder, 'key'))).toBe(key);
  expect(await readApiKey(undefined)).toBeUndefined();
});

test('a file without a key is refused without being quoted', async () => {
  const refused = readApiKey(join(folder, 'other'));
  await expect(refused).rejects.toThrow(/does not contain an API key/);
  await expect(refused).rejects.not.toThrow(/password/);
});

test('a missing file is named', async () => {
  await expect(readApiKey(join(folder, 'none'))).rejects.toThrow(/cannot read the API key.*none/);
});

test.each([
  ['simulate', ['simulate', '--seconds', '0.1', '--trial-ms', '0', '--steps', '1', '--trials-per-second', '10']],
  ['bench ingest', ['bench', 'ingest', '--seconds', '2', '--connections', '1']],
])('%s sends the key that it reads from standard input', async (_, command) => {
  const seen = new Set<string | undefined>();
  const server = createServer((request, response) => {
    seen.add(request.headers.authorization);
    request.resume().on('end', () => {
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"accepted":1,"event_ids":[]}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await startThunderline(
    process.env,
    [...command, '--url', url, '--api-key-file', '-'],
    `${key}
`,
  ).ended;
  server.close();
  expect([...seen]).toEqual([`Bearer ${key}`]);
});

test.each([
  ['run', ['run', '--trials', '1'], 'command'],
  ['tail', ['tail'], 'read'],
])('%s names the option for a key when the server requires one', async (_, command, scope) => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(401, { 'content-type': 'application/problem+json' });
      response.end('{"code":"unauthorized","detail":"this route needs an API key"}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, err } = await startThunderline(process.env, [...command, '--url', url]).ended;
  server.close();
  expect(code).toBe(1);
  expect(err).toContain(`this route needs an API key; pass a key with the scope ${scope}: --api-key-file <file>`);
});

test('a key as an argument is refused, and the option for a file is named', async () => {
  const { code, err } = await startThunderline(process.env, ['simulate', '--api-key', key]).ended;
  expect(code).toBe(1);
  expect(err).toContain('--api-key-file');
});
