import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SessionState } from '../../src/access/sessions.ts';
import { live } from '../../src/roles/live.ts';
import type { Serving } from '../../src/serve.ts';
import { createKeyedWorld, EVENT, type KeyedWorld, untilAnswered } from '../access/gateway.ts';
import { follow } from '../live/live-world.ts';
import { type Answer, ask } from '../support/ask.ts';
import { query } from '../support/query.ts';
import { runThunderline } from '../support/thunderline.ts';

let keyed: KeyedWorld;
let serving: Serving;
beforeAll(async () => {
  keyed = await createKeyedWorld();
  await keyed.issue(['admin']);
  serving = await keyed.start({ AUTH_FAILURES_PER_MINUTE: '1000' }, live);
});
afterAll(() => keyed.close());

const JSON_TYPE = { 'content-type': 'application/json' };

const signIn = (body: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(`${serving.url}/api/session`, {
    method: 'POST',
    headers: { ...JSON_TYPE, ...headers },
    body: JSON.stringify(body),
  });

/** The name and value of the cookie that an answer sets. */
const cookieOf = ({ headers }: Answer): string => (headers.get('set-cookie') ?? '').split(';')[0] ?? '';

async function session(key: string, scopes: readonly string[] = ['read']): Promise<string> {
  const answer = await signIn({ key, scopes });
  expect(answer.status).toBe(200);
  return cookieOf(answer);
}

const send = (
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: object,
): Promise<Answer> =>
  ask(serving.url + path, {
    method,
    headers: { ...headers, ...(body && JSON_TYPE) },
    ...(body && { body: JSON.stringify(body) }),
  });

const stateOf = async (cookie: string): Promise<SessionState> =>
  (await ask<SessionState>(`${serving.url}/api/session`, { headers: { cookie } })).body;

const refusalOf = ({ status, body }: Answer): unknown[] => [status, body.code];

test('a key becomes a session that reads, and neither commands, posts nor administers', async () => {
  const { key } = await keyed.issue(['admin'], { name: 'laptop' });
  const startedAt = Date.now();
  const answer = await signIn({ key });
  expect(answer.body).toMatchObject({
    open: false,
    signed_in: true,
    key_name: 'laptop',
    scopes: ['read'],
    run_prefix: '',
  });
  const { expires_at = 0 } = answer.body as unknown as SessionState;
  expect(Math.abs(expires_at - startedAt - 12 * 3_600_000)).toBeLessThan(100_000);
  expect(answer.headers.get('set-cookie')).toMatch(
    /^thunderline-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43[12]\d\d$/,
  );
  expect(JSON.stringify(answer.body)).not.toContain(cookieOf(answer).split('=')[1]);

  const cookie = cookieOf(answer);
  expect((await send('GET', '/metrics', { cookie })).status).toBe(200);
  expect(refusalOf(await send('POST', '/api/events/ml', { cookie }, EVENT))).toEqual([403, 'forbidden']);
  expect(refusalOf(await send('POST', '/api/runs', { cookie }, { n_trials: 1 }))).toEqual([403, 'forbidden']);
  expect(await stateOf(cookie)).toMatchObject({ signed_in: true, key_name: 'laptop', scopes: ['read'] });
});

test('a session commands for an hour when it is asked for', async () => {
  const { key } = await keyed.issue(['read', 'command']);
  const cookie = await session(key, ['read', 'command']);
  expect((await send('POST', '/api/runs', { cookie }, { n_trials: 1 })).status).toBe(202);
  const { command_until = 0, expires_at = 0 } = await stateOf(cookie);
  expect(Math.round((expires_at - command_until) / 3_600_000)).toBe(11);
  expect(refusalOf(await send('POST', '/api/events/ml', { cookie }, EVENT))).toEqual([403, 'forbidden']);

  await query(
    keyed.world.databaseUrl,
    `update browser_sessions set command_until = now() where command_until is not null`,
  );
  const { body } = await untilAnswered(403, () => send('POST', '/api/runs', { cookie }, { n_trials: 1 }));
  expect(body.detail).toContain('the session has read');
  expect((await send('GET', '/metrics', { cookie })).status).toBe(200);
});

test.each([
  ['ingest', ['ingest'], ['read']],
  ['read', ['read'], ['read', 'command']],
] as const)('a key with %s alone cannot get a session with %s', async (_, scopes, wanted) => {
  const { key } = await keyed.issue(scopes);
  const answer = await signIn({ key, scopes: wanted });
  expect(refusalOf(answer)).toEqual([403, 'forbidden']);
  expect(answer.headers.get('set-cookie')).toBeNull();
});

test.each([
  ['no key', {}],
  ['the scope admin', { key: 'k', scopes: ['admin'] }],
  ['the scope ingest', { key: 'k', scopes: ['read', 'ingest'] }],
  ['another member', { key: 'k', remember: true }],
  ['a list', [1]],
])('a request with %s is malformed', async (_, body) => {
  expect(refusalOf(await signIn(body))).toEqual([400, 'malformed_request']);
});

test('a wrong key is refused', async () => {
  expect(refusalOf(await signIn({ key: 'wrong' }))).toEqual([401, 'unauthorized']);
});

test('the table holds nothing that admits anyone', async () => {
  const { key } = await keyed.issue(['read']);
  const token = (await session(key)).split('=')[1] ?? '';
  const { rows } = await query(keyed.world.databaseUrl, 'select s.*::text as row from browser_sessions s');
  const text = JSON.stringify(rows);
  for (const secret of [token, Buffer.from(token, 'base64url').toString('hex'), key])
    expect(text).not.toContain(secret);
  expect(rows.length).toBeGreaterThan(0);
  const hashes = await query(keyed.world.databaseUrl, `select encode(hash, 'hex') as hash from browser_sessions`);
  const [name] = (await session(key)).split('=');
  for (const { hash } of hashes.rows) {
    expect(refusalOf(await send('GET', '/metrics', { cookie: `${name}=${hash}` }))).toEqual([401, 'unauthorized']);
  }
});

test('signing out ends the session at once, here and in its cookie', async () => {
  const { key } = await keyed.issue(['read']);
  const cookie = await session(key);
  const answer = await send('DELETE', '/api/session', { cookie });
  expect(answer.body).toEqual({ open: false, signed_in: false });
  expect(answer.headers.get('set-cookie')).toContain('Max-Age=0');
  expect(refusalOf(await send('GET', '/metrics', { cookie }))).toEqual([401, 'unauthorized']);
  expect(await stateOf(cookie)).toEqual({ open: false, signed_in: false });
});

test('signing in again replaces the session of the browser', async () => {
  const { key } = await keyed.issue(['read']);
  const first = await session(key);
  const second = cookieOf(await signIn({ key }, { cookie: first }));
  expect((await send('GET', '/metrics', { cookie: second })).status).toBe(200);
  expect(refusalOf(await send('GET', '/metrics', { cookie: first }))).toEqual([401, 'unauthorized']);
});

test('revoking a key ends its sessions within 10 s and their feeds within 20 s', async () => {
  const { id, key } = await keyed.issue(['read']);
  const cookie = await session(key);
  const feed = follow(serving.url, '', undefined, { cookie });
  await feed.until(() => feed.has('hello'));
  await keyed.keys.revoke(id, 'tester');
  const revokedAt = performance.now();
  const { body } = await untilAnswered(401, () => send('GET', '/metrics', { cookie }));
  expect(performance.now() - revokedAt).toBeLessThan(10_000);
  expect(body.detail).toContain('revoked');
  await feed.until(() => feed.has('bye'));
  expect(performance.now() - revokedAt).toBeLessThan(20_000);
  await expect(feed.ended).rejects.toMatchObject({ status: 401 });
});

test('keys sessions lists sessions, and ends one in every gateway within 10 s', async () => {
  const { key } = await keyed.issue(['read'], { name: 'phone' });
  const cookie = await session(key);
  const listed = await runThunderline(keyed.world.environment, 'keys', 'sessions', '--json');
  const rows = listed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; key: string; scopes: string });
  const row = rows.find((one) => one.key === 'phone');
  expect(row).toMatchObject({ scopes: 'read' });
  expect(await runThunderline(keyed.world.environment, 'keys', 'sessions', '--end', row?.id ?? '')).toBe(
    'ended 1 session\n',
  );
  const endedAt = performance.now();
  await untilAnswered(401, () => send('GET', '/metrics', { cookie }));
  expect(performance.now() - endedAt).toBeLessThan(10_000);
  await expect(runThunderline(keyed.world.environment, 'keys', 'sessions', '--end', row?.id ?? '')).rejects.toThrow(
    'no session',
  );
}, 180_000);

test('a key keeps its latest hundred sessions', async () => {
  const { id, key } = await keyed.issue(['read']);
  for (let count = 0; count < 102; count += 1) await session(key);
  const { rows } = await query(keyed.world.databaseUrl, 'select 1 from browser_sessions where key_id = $1', [id]);
  expect(rows).toHaveLength(100);
});

const ATTACKS: readonly [string, Readonly<Record<string, string>>][] = [
  ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
  ['a page of another port', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' }],
  ['a page of another site in an old browser', { origin: 'https://evil.example' }],
  ['a sandboxed page', { origin: 'null' }],
];

test.each(ATTACKS)('a session serves no request of %s', async (_, headers) => {
  const { key } = await keyed.issue(['read', 'command']);
  const cookie = await session(key, ['read', 'command']);
  const attack = { ...headers, cookie };
  expect(refusalOf(await send('GET', '/metrics', attack))).toEqual([403, 'cross_origin']);
  expect(refusalOf(await send('GET', '/api/live', attack))).toEqual([403, 'cross_origin']);
  expect(refusalOf(await send('POST', '/api/runs', attack, { n_trials: 1 }))).toEqual([403, 'cross_origin']);
  expect(refusalOf(await send('DELETE', '/api/session', attack))).toEqual([403, 'cross_origin']);
  expect(refusalOf(await signIn({ key }, attack))).toEqual([403, 'cross_origin']);
  // The session is still there, and a program with a key is not concerned.
  expect((await send('GET', '/metrics', { cookie })).status).toBe(200);
  expect((await send('GET', '/metrics', { ...headers, authorization: `Bearer ${key}` })).status).toBe(200);
});

test('an answer to a session allows no other origin to read it', async () => {
  const { key } = await keyed.issue(['read']);
  const { headers } = await send('GET', '/metrics', { cookie: await session(key), 'sec-fetch-site': 'same-origin' });
  expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
});
