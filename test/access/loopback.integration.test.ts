import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isLoopback } from '../../src/access/loopback.ts';
import { startAccess } from '../../src/access/start-access.ts';
import { loadConfig } from '../../src/config.ts';
import { UsageError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { statuses, talk } from '../http/gateway.ts';
import { cuttable } from '../support/cuttable.ts';
import { eventually } from '../support/eventually.ts';
import { createKeyedWorld, EVENT, type KeyedWorld, post, untilAnswered } from './gateway.ts';

const START_MS = 180_000;

describe('an address', () => {
  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('the address %s is loopback', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'gateway.example', 'localhost.example', ''])(
    'the address "%s" is not loopback',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});

describe('a gateway', () => {
  let keyed: KeyedWorld;
  beforeEach(async () => {
    keyed = await createKeyedWorld();
  }, START_MS);
  afterEach(() => keyed.close());

  test('a gateway without keys is open on loopback, and closes when the first key is created', async () => {
    const gateway = await keyed.start();
    expect((await post(gateway, undefined, EVENT)).status).toBe(202);
    expect((await post(gateway, 'whatever', EVENT)).status).toBe(202);
    const { id, key } = await keyed.issue(['ingest']);
    const madeAt = performance.now();
    await untilAnswered(401, () => post(gateway, undefined, EVENT));
    expect(performance.now() - madeAt).toBeLessThan(10_000);
    expect((await post(gateway, key, EVENT)).status).toBe(202);
    // Revoking the last key does not open it again.
    await keyed.keys.revoke(id, 'tester');
    await untilAnswered(401, () => post(gateway, key, EVENT));
    expect((await post(gateway, undefined, EVENT)).status).toBe(401);
  });

  test('a gateway answers only to loopback hosts until the first key is created, and then to any host', async () => {
    const gateway = await keyed.start();
    const asForeignHost = async (key?: string): Promise<string> => {
      const head = ['GET /metrics HTTP/1.1', 'host: gateway.example', 'connection: close'];
      if (key !== undefined) head.push(`authorization: Bearer ${key}`);
      return talk(gateway.port, `${head.join('\r\n')}\r\n\r\n`);
    };
    expect(statuses(await asForeignHost())).toEqual([421]);
    const { key } = await keyed.issue(['read']);
    await eventually(async () => statuses(await asForeignHost())[0] === 401);
    expect(statuses(await asForeignHost(key))).toEqual([200]);
  });

  test('a gateway without keys refuses any other address, and names the command that creates a key', async () => {
    await expect(keyed.start({ HOST: '0.0.0.0' })).rejects.toThrow(UsageError);
    await expect(keyed.start({ HOST: '0.0.0.0' })).rejects.toThrow('npx thunderline keys create');
  });

  test('a gateway counts an expired key as a key, and a revoked one not', async () => {
    const { id } = await keyed.issue(['admin']);
    await keyed.keys.revoke(id, 'tester');
    await expect(keyed.start({ HOST: '0.0.0.0' })).rejects.toThrow(UsageError);
    await keyed.issue(['admin'], { expiresAt: Date.now() - 1_000 });
    const gateway = await keyed.start({ HOST: '0.0.0.0' });
    expect((await post(gateway, undefined, EVENT)).status).toBe(401);
  });

  test('a gateway fails when Postgres returns without a key and the address is not loopback', async () => {
    const way = await cuttable(keyed.world.databaseUrl);
    way.cut();
    const gateway = await keyed.start({ HOST: '0.0.0.0', DATABASE_URL: way.url });
    way.mend();
    expect(await gateway.failed).toBeInstanceOf(UsageError);
    await gateway.stop();
    await way.close();
  });

  test('a gateway that must end, because Postgres returned without a key, admits no one until it has ended', async () => {
    const way = await cuttable(keyed.world.databaseUrl);
    way.cut();
    const failed = Promise.withResolvers<Error>();
    const settings = { ...keyed.world.environment, HOST: '0.0.0.0', DATABASE_URL: way.url };
    const parts = { config: loadConfig(settings), log: createLog('silent'), metrics: createMetrics() };
    const access = await startAccess({ ...parts, fail: failed.resolve });
    way.mend();
    expect(await failed.promise).toBeInstanceOf(UsageError);
    expect(access.isOpen()).toBe(false);
    const request = Object.assign(new IncomingMessage(new Socket()), { headers: { host: 'localhost' } });
    const admitted = async (): Promise<unknown> => access.authenticate(request, 'command');
    await expect(admitted()).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await access.sessions.stateOf(request)).toEqual({ open: false, signed_in: false });
    await access.stop();
    await way.close();
  });
});
