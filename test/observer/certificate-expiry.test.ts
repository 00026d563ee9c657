import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer as createPlain, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTls, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { certificateExpiry } from '../../src/observer/certificate-expiry.ts';

const DAYS = 30;
const DAY_MS = 86_400_000;

let folder: string;
let key: Buffer;
let cert: Buffer;
const servers: Server[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'thunderline-certificate-'));
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', String(DAYS), '-subj', '/CN=localhost'];
  execFileSync('openssl', [...args, '-keyout', join(folder, 'key'), '-out', join(folder, 'cert')], { stdio: 'ignore' });
  key = readFileSync(join(folder, 'key'));
  cert = readFileSync(join(folder, 'cert'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const daysLeft = (endMs: number): number => Math.round((endMs - Date.now()) / DAY_MS);

test('a server of TLS, although no one here trusts its certificate', async () => {
  const port = await listening(createTls({ key, cert }));
  const endMs = await certificateExpiry({ host: '127.0.0.1', port, startsAs: 'tls' });
  expect(daysLeft(endMs)).toBe(DAYS);
});

/** The beginning of Postgres' protocol: eight bytes ask for TLS, one byte answers. */
const postgres = (answer: 'S' | 'N'): Server =>
  createPlain((socket) => {
    socket.once('data', () => {
      socket.write(answer);
      if (answer === 'S') new TLSSocket(socket, { isServer: true, key, cert }).on('error', () => undefined);
    });
    socket.on('error', () => undefined);
  });

test('Postgres, which is asked for TLS on a plain connection', async () => {
  const port = await listening(postgres('S'));
  const endMs = await certificateExpiry({ host: '127.0.0.1', port, startsAs: 'postgres' });
  expect(daysLeft(endMs)).toBe(DAYS);
});

test('a server without TLS is an error that names it', async () => {
  const port = await listening(postgres('N'));
  const server = { host: '127.0.0.1', port, startsAs: 'postgres' } as const;
  await expect(certificateExpiry(server)).rejects.toThrow(`Postgres at 127.0.0.1:${port} does not serve TLS`);
});

test('a server that closes the connection without an answer is an error that names it', async () => {
  const port = await listening(createPlain((socket) => socket.once('data', () => socket.end())));
  const server = { host: '127.0.0.1', port, startsAs: 'postgres' } as const;
  await expect(certificateExpiry(server)).rejects.toThrow(`Postgres at 127.0.0.1:${port} closed the connection`);
});
