import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { live } from '../../src/roles/live.ts';
import { router } from '../../src/roles/router.ts';
import type { Serving } from '../../src/serve.ts';
import { createKeyedWorld, type KeyedWorld, post } from '../access/gateway.ts';
import { follow, metricEvent } from '../live/live-world.ts';
import { eventually } from '../support/eventually.ts';

let keyed: KeyedWorld;
let serving: Serving;
beforeAll(async () => {
  keyed = await createKeyedWorld();
  await keyed.issue(['admin']);
  serving = await keyed.start({ LIVE_MAX_CLIENTS_PER_KEY: '2' }, router, live);
});
afterAll(() => keyed.close());

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

test('a feed ends within 20 s after its key was revoked, and its client is refused', async () => {
  const [revoked, other] = [await keyed.issue(['read']), await keyed.issue(['read'])];
  const ended = follow(serving.url, '', undefined, bearer(revoked.key));
  const kept = follow(serving.url, '', undefined, bearer(other.key));
  for (const follower of [ended, kept]) await follower.until(() => follower.has('hello'));
  await keyed.keys.revoke(revoked.id, 'tester');
  const revokedAt = performance.now();
  await ended.until(() => ended.has('bye'));
  expect(performance.now() - revokedAt).toBeLessThan(20_000);
  expect(ended.frames.at(-1)).toMatchObject({ name: 'bye', data: { reason: 'refused' } });
  await expect(ended.ended).rejects.toMatchObject({ name: 'LiveRefused', status: 401, code: 'unauthorized' });
  expect(kept.has('bye')).toBe(false);
  await kept.stop();
});

test('a key that is bound to runs receives those runs only', async () => {
  const [{ key }, writer] = [await keyed.issue(['read'], { runPrefix: 'team-a/' }), await keyed.issue(['ingest'])];
  const follower = follow(serving.url, '', undefined, bearer(key));
  await follower.until(() => follower.has('hello'));
  for (const run of ['team-b/1', 'team-a', 'team-a/1']) {
    await post(serving, writer.key, metricEvent(1, { model_run_id: run }), {
      event: 'ml.trial.start',
      model_run_id: run,
      trial_id: 'trial',
    });
  }
  await follower.until(() => follower.events().length > 0 && follower.points().length > 0);
  expect(follower.events().map(({ model_run_id }) => model_run_id)).toEqual(['team-a/1']);
  expect(follower.points().map((text) => text.split('/trial')[0])).toEqual(['team-a/1']);
  await follower.stop();
});

test('a key has so many feeds and no more, and gets one back when one ends', async () => {
  const { key } = await keyed.issue(['read']);
  const followers = [1, 2].map(() => follow(serving.url, '', undefined, bearer(key)));
  for (const follower of followers) await follower.until(() => follower.has('hello'));
  const open = () => fetch(`${serving.url}/api/live`, { headers: bearer(key) });
  const refused = await open();
  expect({ status: refused.status, after: refused.headers.get('retry-after') }).toEqual({ status: 429, after: '5' });
  await refused.body?.cancel();
  await followers[0]?.stop();
  await eventually(async () => {
    const answer = await open();
    await answer.body?.cancel();
    return answer.ok;
  });
  await followers[1]?.stop();
});
