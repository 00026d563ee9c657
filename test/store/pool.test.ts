import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createPool, inTransaction, POOL_TIMEOUTS } from '../../src/store/pool.ts';

/** A message of the Postgres protocol: its type, its length, its content. */
function message(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}

const AUTHENTICATION_OK = message('R', Buffer.alloc(4));
const READY_FOR_QUERY = message('Z', Buffer.from('I'));
const TERMINATED = message(
  'E',
  Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
);

test('a connection that is terminated as it is opened fails the transaction and not the process', async () => {
  // One write, so that the client reads the end of the connection before any promise about its start is settled.
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATION_OK, READY_FOR_QUERY, TERMINATED])));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const databaseUrl = `postgres://user@127.0.0.1:${port}/database`;
  const pool = createPool({ ...POOL_TIMEOUTS, databaseUrl, poolSize: 1 }, createLog('silent'));
  try {
    await expect(inTransaction(pool, async () => 'done')).rejects.toThrow();
  } finally {
    await pool.end();
    server.close();
  }
});

test('a connection that Postgres does not answer counts as a failed call', async () => {
  const server = createServer((socket) => void socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const metrics = createMetrics();
  const settings = { ...POOL_TIMEOUTS, databaseUrl: `postgres://user@127.0.0.1:${port}/database`, poolSize: 1 };
  const pool = createPool({ ...settings, connectTimeoutMs: 100 }, createLog('silent'), { metrics, pool: 'shared' });
  try {
    await expect(pool.query('select 1')).rejects.toThrow('timeout');
    const { values } = await metrics.dependencyCalls.get();
    const ofPostgres = values.filter(({ labels }) => labels.dependency === 'postgres');
    expect(Object.fromEntries(ofPostgres.map(({ labels, value }) => [labels.result, value]))).toEqual({
      ok: 0,
      refused: 0,
      failed: 1,
    });
  } finally {
    await pool.end();
    server.close();
  }
});
