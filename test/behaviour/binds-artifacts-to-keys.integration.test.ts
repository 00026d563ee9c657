import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { artifacts } from '../../src/roles/artifacts.ts';
import { postgres } from '../../src/roles/postgres.ts';
import { router } from '../../src/roles/router.ts';
import type { Serving } from '../../src/serve.ts';
import { ask, createKeyedWorld, type KeyedWorld, post } from '../access/gateway.ts';
import { type Listed, pathOf } from '../artifacts/artifact-world.ts';
import { until } from '../support/until.ts';

const TIMEOUT_MS = 180_000;
/** Bytes that a key may send at once. */
const BURST_BYTES = 200_000;

let keyed: KeyedWorld;
let gateway: Serving;
let bound: string;
let free: string;

beforeAll(async () => {
  keyed = await createKeyedWorld();
  bound = (await keyed.issue(['ingest', 'read'], { runPrefix: 'team-a/' })).key;
  free = (await keyed.issue(['ingest', 'read'])).key;
  // So slow that what returns while a busy machine stores an upload does not count.
  const settings = { LIMIT_BYTES_PER_SECOND: String(BURST_BYTES / 20), LIMIT_BURST_SECONDS: '20' };
  gateway = await keyed.start(settings, artifacts, router, postgres);
}, TIMEOUT_MS);
afterAll(() => keyed.close());

const put = (key: string, run: string, body: string | Uint8Array, trial = 't') =>
  ask(gateway.url + pathOf(run, trial, 'm.pth'), key, { method: 'PUT', body: body as string });
const list = (key: string, run: string, trial = 't') => ask(gateway.url + pathOf(run, trial), key);

describe('a key that is bound to runs', () => {
  test('uploads and lists artifacts of its runs, and opens them', async () => {
    expect((await put(bound, 'team-a/1', 'content')).status).toBe(201);
    const { status, body } = await list(bound, 'team-a/1');
    expect(status).toBe(200);
    const [artifact] = body.artifacts as readonly Listed[];
    expect(await (await fetch(artifact?.link ?? '')).text()).toBe('content');
    expect((await ask(gateway.url + pathOf('team-a/1', 't', 'm.pth'), bound)).body.text).toBe('content');
  });

  test.each(['team-b/1', 'team-a', 'unassigned'])('is refused for the run %s, and nothing is stored', async (run) => {
    for (const answer of [await put(bound, run, 'content'), await list(bound, run)]) {
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    }
    expect((await ask(gateway.url + pathOf(run, 't', 'm.pth'), bound)).status).toBe(403);
    expect((await list(free, run)).status).toBe(404);
  });

  test(
    'gets no link to a file of another team by stating its address',
    async () => {
      const { body } = await put(free, 'team-b/2', 'secret');
      const stated = { event: 'ml.trial.complete', model_run_id: 'team-a/2', trial_id: 't', artifact_uri: body.uri };
      expect((await post(gateway, bound, stated)).status).toBe(202);
      const elsewhere = { ...stated, trial_id: 'u', artifact_uri: `s3://${process.env.S3_BUCKET}/models/team-b.pth` };
      expect((await post(gateway, bound, elsewhere)).status).toBe(202);
      for (const trial of ['t', 'u']) {
        const listed = await until('the row of the trial', TIMEOUT_MS, async () => {
          const answer = await list(bound, 'team-a/2', trial);
          return answer.status === 200 && (answer.body.artifacts as readonly Listed[])[0];
        });
        expect(listed.link).toBeNull();
      }
    },
    TIMEOUT_MS,
  );
});

describe('the allowance of a key', () => {
  test(
    'is used by an upload to the half, and the rest is left to events',
    async () => {
      const { key } = await keyed.issue(['ingest']);
      const answer = await put(key, 'paced', Buffer.alloc(BURST_BYTES), 'one');
      expect(answer.status).toBe(201);
      const [, left] = /"bytes";r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '') ?? [];
      // The last piece may be read at the half, and is paid for then.
      expect(Number(left)).toBeGreaterThan(0);
      expect(Number(left)).toBeLessThan((BURST_BYTES * 3) / 4);
      expect((await post(gateway, key, { event: 'ml.trial.start', trial_id: 't' })).status).toBe(202);
    },
    TIMEOUT_MS,
  );

  test('that is used up refuses an upload by its head', async () => {
    const { key } = await keyed.issue(['ingest']);
    const note = { event: 'ml.trial.start', trial_id: 't', metadata: { note: Array(20).fill('x'.repeat(9_000)) } };
    expect((await post(gateway, key, note, note, note)).status).toBe(202);
    const answer = await put(key, 'refused', 'content');
    expect([answer.status, answer.body.code]).toEqual([429, 'rate_limited']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
