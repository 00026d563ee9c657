import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { CommanderError } from 'commander';
import { readKey } from '../../src/access/api-key.ts';
import { type AccessStore, connectAccessStore } from '../../src/access/tables/access-store.ts';
import { keysCommand } from '../../src/cli/keys.ts';
import { UsageError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { migrate } from '../../src/store/migrate.ts';
import { type Exit, startThunderline } from '../support/thunderline.ts';
import { createWorld, type World } from '../support/world.ts';

const TIMEOUT_MS = 180_000;

let world: World;
let store: AccessStore;

beforeAll(async () => {
  world = await createWorld();
  process.env.DATABASE_URL = world.databaseUrl;
  store = connectAccessStore(world.databaseUrl, createLog('silent'));
});
afterAll(async () => {
  await store.close();
  await world.close();
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in this process, as `bin/thunderline.js` does in one of its own. */
async function keys(...args: readonly string[]): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const spies = [
    jest.spyOn(console, 'log').mockImplementation((line: string) => void out.push(`${line}\n`)),
    jest.spyOn(console, 'error').mockImplementation((line: string) => void err.push(`${line}\n`)),
    jest.spyOn(console, 'table').mockImplementation((rows: unknown) => void out.push(JSON.stringify(rows))),
  ];
  const command = keysCommand();
  for (const part of [command, ...command.commands]) {
    part.exitOverride().configureOutput({ writeErr: (text) => void err.push(text) });
  }
  try {
    await command.parseAsync([...args], { from: 'user' });
    return { code: 0, out: out.join(''), err: err.join('') };
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CommanderError)) throw error;
    return { code: 1, out: out.join(''), err: `${err.join('')}${error.message}` };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const spawned = (...args: readonly string[]): Promise<Exit> => startThunderline(world.environment, args).ended;

const create = async (...args: readonly string[]): Promise<string> => (await keys('create', ...args)).out.trim();

test(
  'a command names the migration that an old database needs',
  async () => {
    const { code, err } = await keys('list');
    expect(code).toBe(1);
    expect(err).toContain('npx thunderline migrate');
    await migrate(world.databaseUrl);
  },
  TIMEOUT_MS,
);

test(
  'create prints the key once, and stores only its hash',
  async () => {
    const before = Date.now();
    const { code, out, err } = await spawned(
      ...['keys', 'create', '--scopes', 'ingest,read', '--name', 'trainer-7', '--expires', '90d'],
    );
    const key = out.trim();
    const read = readKey(key);
    expect(code).toBe(0);
    expect(out).toBe(`${key}\n`);
    expect(err).toContain('trainer-7');
    expect(err).not.toContain(key);
    const [stored] = await store.keys.list();
    expect(stored).toMatchObject({ id: read?.id, hash: read?.hash, name: 'trainer-7', scopes: ['ingest', 'read'] });
    expect(((stored?.expiresAt ?? 0) - before) / 86_400_000).toBeCloseTo(90, 2);
    expect(JSON.stringify(stored)).not.toContain(key);
  },
  TIMEOUT_MS,
);

test(
  'list shows the state of each key and no secret',
  async () => {
    const key = await create('--scopes', 'admin', '--name', 'on call');
    const { out } = await keys('list', '--json');
    const rows = out.trim().split('\n');
    expect(rows.map((row) => JSON.parse(row))).toMatchObject([
      { name: 'on call', scopes: 'admin', state: 'active', expires: null },
      { name: 'trainer-7', scopes: 'ingest,read', state: 'active' },
    ]);
    expect(out + (await keys('list')).out).not.toContain(key.slice(-39));
  },
  TIMEOUT_MS,
);

test(
  'revoke accepts the key, its id or its name, each only once',
  async () => {
    const [a, b] = [await create('--scopes', 'read', '--name', 'a'), await create('--scopes', 'read', '--name', 'b')];
    const idOfB = readKey(b)?.id ?? '';
    await create('--scopes', 'read', '--name', 'c');
    for (const named of [a, idOfB, 'c']) expect((await keys('revoke', named)).code).toBe(0);
    for (const named of [a, idOfB, 'c', 'nobody']) {
      const { code, err } = await keys('revoke', named);
      expect(code).toBe(1);
      expect(err).toContain('no active key');
    }
    const revoked = (await store.keys.list()).filter(({ revokedAt }) => revokedAt !== null).map(({ name }) => name);
    expect(revoked.sort()).toEqual(['a', 'b', 'c']);
  },
  TIMEOUT_MS,
);

test(
  'revoke lists the ids of two keys with one name, and revokes neither',
  async () => {
    await create('--scopes', 'read', '--name', 'twin');
    await create('--scopes', 'read', '--name', 'twin');
    const { code, err } = await keys('revoke', 'twin');
    const twins = (await store.keys.list()).filter(({ name }) => name === 'twin');
    expect(code).toBe(1);
    for (const { id, revokedAt } of twins) {
      expect(err).toContain(id);
      expect(revokedAt).toBeNull();
    }
  },
  TIMEOUT_MS,
);

test(
  'create binds a key to runs, and list shows them and the last use',
  async () => {
    const key = await create('--scopes', 'ingest', '--name', 'bound', '--run', 'team-a/');
    const id = readKey(key)?.id ?? '';
    const usedAt = Date.UTC(2026, 0, 2);
    await store.uses.noteLastUses(new Map([[id, usedAt]]));
    await store.uses.noteLastUses(new Map([[id, usedAt - 1_000]]));
    const rows = (await keys('list', '--json')).out.trim().split('\n');
    expect(rows.map((row) => JSON.parse(row)).find((row) => row.id === id)).toMatchObject({
      runs: 'team-a/*',
      last_used: '2026-01-02T00:00:00.000Z',
    });
  },
  TIMEOUT_MS,
);

test(
  'revoke reads a key from standard input, and warns of one on the command line',
  async () => {
    const [piped, typed] = [
      await create('--scopes', 'read', '--name', 'p'),
      await create('--scopes', 'read', '--name', 't'),
    ];
    const { code } = await startThunderline(
      world.environment,
      ['keys', 'revoke', '-'],
      `${piped}
`,
    ).ended;
    expect(code).toBe(0);
    expect((await keys('revoke', typed)).err).toContain('keys revoke -');
    const revoked = (await store.keys.list()).filter(({ revokedAt }) => revokedAt !== null).map(({ name }) => name);
    expect(revoked).toEqual(expect.arrayContaining(['p', 't']));
  },
  TIMEOUT_MS,
);

test(
  'audit lists who created and revoked a key',
  async () => {
    const key = await create('--scopes', 'read', '--name', 'audited \u202e');
    const id = readKey(key)?.id ?? '';
    await keys('revoke', id);
    const entries = (await keys('audit', '--key', id, '--json')).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries).toMatchObject([
      { action: 'key_revoked', keyId: id, actor: expect.stringMatching(/.@./) },
      { action: 'key_created', keyId: id, details: { scopes: ['read'] } },
    ]);
    const { out } = await keys('audit', '--key', id);
    expect(out).toContain(`key_revoked key=${id} name="audited `);
    expect(out).not.toContain('\u202e');
    expect((await keys('audit', '--key', id, '--limit', '1')).out.trim().split('\n')).toHaveLength(1);
    expect((await keys('audit', '--key', id, '--since', String(Date.now() + 60_000))).out).toBe('');
  },
  TIMEOUT_MS,
);

test.each([
  ['an unknown scope', ['--scopes', 'ingest,write', '--name', 'x'], 'ingest, read, command, admin'],
  ['no scope', ['--name', 'x'], '--scopes'],
  ['a key for everything that is bound to runs', ['--scopes', 'admin', '--name', 'x', '--run', 'a'], 'leave out --run'],
  ['an empty run prefix', ['--scopes', 'read', '--name', 'x', '--run', ''], '1 to 255 characters'],
  ['no name', ['--scopes', 'read'], '--name'],
  ['a name of two lines', ['--scopes', 'read', '--name', 'a\nb'], 'control character'],
  ['a duration without unit', ['--scopes', 'read', '--name', 'x', '--expires', '90'], '90d'],
  ['a duration of nothing', ['--scopes', 'read', '--name', 'x', '--expires', '0d'], '90d'],
])(
  '%s is refused',
  async (_, args, hint) => {
    const { code, out, err } = await keys('create', ...args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(hint);
  },
  TIMEOUT_MS,
);

test(
  'create states that requests need a key from now on, if it creates the only active key',
  async () => {
    for (const { id, revokedAt } of await store.keys.list()) {
      if (revokedAt === null) await store.keys.revoke(id, 'tester@host');
    }
    const first = await keys('create', '--scopes', 'read', '--name', 'first');
    expect(first.err).toContain('Within 10 s');
    expect(first.out.trim()).toBe(first.out.trim().split(/\s/)[0]);
    const second = await keys('create', '--scopes', 'read', '--name', 'second');
    expect(second.err).not.toContain('Within 10 s');
  },
  TIMEOUT_MS,
);
