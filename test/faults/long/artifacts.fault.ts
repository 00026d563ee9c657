import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../../src/config.ts';
import { type Listed, pathOf, sha256 } from '../../artifacts/artifact-world.ts';
import { unfinishedUploads } from '../../artifacts/bucket.ts';
import { startUpload } from '../../artifacts/slow-upload.ts';
import { type Answer, ask } from '../../support/ask.ts';
import { until } from '../../support/until.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { parts } from '../harness/parts.ts';
import { startProxy, type TcpProxy } from '../harness/proxy.ts';
import type { RoleProcess } from '../harness/role-process.ts';

const MIB = 1_048_576;
const WAIT_MS = 120_000;
const UPLOAD_TIMEOUT_MS = 5_000;

let proxy: TcpProxy;
let world: FaultWorld;
let prefix: string;
beforeAll(async () => {
  proxy = await startProxy(Number(new URL(parts.s3.variables.S3_ENDPOINT ?? '').port));
  world = await createFaultWorld({
    S3_ENDPOINT: `http://127.0.0.1:${proxy.port}`,
    S3_TIMEOUT_MS: '2000',
    ARTIFACT_UPLOAD_TIMEOUT_MS: String(UPLOAD_TIMEOUT_MS),
  });
  prefix = `${world.topicPrefix}artifacts`;
  await (await world.start(['router', 'postgres'])).ready();
});
afterAll(async () => {
  await world.close();
  await proxy.close();
});

const startRole = async (crash?: Parameters<FaultWorld['start']>[1]): Promise<RoleProcess> =>
  (await world.start(['artifacts'], { environment: { ARTIFACT_PREFIX: prefix }, ...crash })).ready();

const put = (role: RoleProcess, trial: string, body: Buffer): Promise<Answer> =>
  ask(role.url + pathOf('r', trial, 'm.pth'), { method: 'PUT', body: body as unknown as string });

/** Waits until the row of an upload was written from the log. */
async function untilReplayed(role: RoleProcess, trial: string, body: Buffer): Promise<void> {
  // A role settles what another process has left two minutes after it was noted.
  await world.query(`update pending_uploads set noted_at = now() - interval '5 minutes'`);
  const listed = await until(`the upload of ${trial} is in the log`, WAIT_MS, async () => {
    const { rows } = await world.query('select from pending_uploads');
    const answer = await ask(role.url + pathOf('r', trial));
    return rows.length === 0 && answer.status === 200 && (answer.body.artifacts as readonly Listed[]);
  });
  expect(listed).toMatchObject([{ sha256: sha256(body), size_bytes: body.length }]);
  const download = await fetch(listed[0]?.link ?? '');
  expect(sha256(Buffer.from(await download.arrayBuffer()))).toBe(sha256(body));
}

test('an upload that is complete when the process is killed -9 is reported in the log by the next process', async () => {
  const crashing = await startRole({ crash: { at: 'before the write', after: 0 } });
  const body = randomBytes(9 * MIB);
  await expect(put(crashing, 'killed', body)).rejects.toThrow();
  expect(await crashing.ended).toBe('signal SIGKILL');
  expect(crashing.log).toContain('crash: artifacts before the write');

  const role = await startRole();
  expect((await ask(role.url + pathOf('r', 'killed'))).status).toBe(404);
  await untilReplayed(role, 'killed', body);
  await role.stop();
});

test('the parts of an upload whose process is killed -9 are removed by the next process, and it can be sent again', async () => {
  const killed = await startRole();
  const { s3 } = loadConfig(world.environment);
  const unfinished = async () => (await unfinishedUploads(s3, prefix)).length;
  const upload = startUpload(killed.url + pathOf('r', 'cut', 'm.pth'), 30 * MIB);
  await upload.send(randomBytes(18 * MIB));
  await until('a part is written', WAIT_MS, async () => (await unfinished()) === 1);
  await killed.kill();

  const role = await startRole();
  await until('the parts are removed', WAIT_MS, async () => (await unfinished()) === 0);
  expect((await ask(role.url + pathOf('r', 'cut'))).status).toBe(404);
  expect((await put(role, 'cut', randomBytes(MIB))).status).toBe(201);
  await role.stop();
});

test('an upload succeeds while the broker is unavailable, and is reported in the log when it is back', async () => {
  const role = await startRole();
  const body = randomBytes(MIB);
  await parts.kafka.kill('SIGKILL');
  expect((await put(role, 'no-broker', body)).status).toBe(201);
  // The row was written beside the log; from here on only the log can bring it back.
  const { rows } = await world.query(`delete from model_artifacts where trial_id = 'no-broker' returning uri`);
  expect(rows).toHaveLength(1);
  expect((await world.query('select from pending_uploads')).rows).toHaveLength(1);
  await parts.kafka.start();
  await untilReplayed(role, 'no-broker', body);
  await role.stop();
});

test('an upload is answered 503 while the object store is unavailable, stores nothing, and succeeds when it is sent again', async () => {
  const role = await startRole();
  const body = randomBytes(9 * MIB);
  for (const mode of [{ kind: 'refuse' }, { kind: 'cut', afterBytes: 5 * MIB }] as const) {
    const brokenBefore = proxy.broken;
    proxy.set(mode);
    const refused = await put(role, 'no-store', body);
    expect([refused.status, refused.body.code]).toEqual([503, 'store_unavailable']);
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(proxy.broken).toBeGreaterThan(brokenBefore);
    proxy.set({ kind: 'pass' });
    expect((await ask(role.url + pathOf('r', 'no-store'))).status).toBe(404);
  }
  expect((await put(role, 'no-store', body)).status).toBe(201);
  expect((await role.health()).ok).toBe(true);
  await role.stop();
});
