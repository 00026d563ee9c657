import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../support/until.ts';
import { archiveFaults } from '../harness/archive.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { startLoad } from '../harness/load.ts';
import { parts } from '../harness/parts.ts';
import { type ProxyMode, startProxy, type TcpProxy } from '../harness/proxy.ts';
import type { RoleProcess } from '../harness/role-process.ts';
import { settled } from '../harness/settle.ts';

let proxy: TcpProxy;
let world: FaultWorld;
let system: RoleProcess;
beforeAll(async () => {
  proxy = await startProxy(Number(new URL(parts.s3.variables.S3_ENDPOINT ?? '').port));
  world = await createFaultWorld({ S3_ENDPOINT: `http://127.0.0.1:${proxy.port}`, S3_TIMEOUT_MS: '2000' });
  system = await (await world.start(['gateway', 'archive'])).ready();
});
afterAll(async () => {
  await world.close();
  await proxy.close();
});

const FAULTS: readonly (readonly [string, ProxyMode])[] = [
  ['S3 is down', { kind: 'refuse' }],
  ['S3 is slower than its time-out', { kind: 'stall' }],
  ['uploads to S3 are cut off in the middle', { kind: 'cut', afterBytes: 2_500 }],
];

test.each(FAULTS)('the archive loses nothing while %s', async (_, mode) => {
  const load = startLoad(world, { events: 3_000, perSecond: 500 });
  await load.accepted(300);
  const brokenBefore = proxy.broken;
  proxy.set(mode);
  const before = load.tally.accepted;
  await until('the archive waits', 60_000, async () => /cannot (write|list)/.test(await system.problems()));
  await load.accepted(before + 1_000);
  expect(proxy.broken).toBeGreaterThan(brokenBefore);
  proxy.set({ kind: 'pass' });
  await load.done;
  await settled(world, ['archive']);
  expect(await archiveFaults(world)).toEqual([]);
  await system.ready();
});
