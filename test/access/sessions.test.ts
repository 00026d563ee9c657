import { expect, test } from '@jest/globals';
import { hashOfToken, mintToken } from '../../src/access/session-token.ts';
import { MAX_FAILURES, scriptedSessions } from './scripted-sessions.ts';

const MANY = 50;

test('ending sessions that do not exist writes nothing, and is limited by address', async () => {
  const { state, end } = scriptedSessions();
  for (let index = 0; index < MAX_FAILURES; index++) {
    expect(await end(mintToken())).toMatchObject({ state: { signed_in: false } });
  }
  for (let index = 0; index < MANY; index++) {
    await expect(end(mintToken())).rejects.toMatchObject({ code: 'rate_limited' });
  }
  expect(state.ended).toEqual([]);
  expect(state.queries).toHaveLength(MAX_FAILURES);
});

test('a session that exists is ended by its whole hash, whether it is held or not', async () => {
  const { state, table, issue, prove, end } = scriptedSessions();
  const tokens = [issue(), issue()] as const;
  await prove(tokens[0]);
  for (const token of tokens) await end(token);
  expect(state.ended).toEqual(tokens.map(hashOfToken));
  expect(table.size).toBe(0);
  await expect(prove(tokens[0])).rejects.toMatchObject({ code: 'unauthorized' });
});

test('a session that is held is ended for an address beyond its limit too', async () => {
  const { table, issue, prove, end } = scriptedSessions();
  const token = issue();
  await prove(token);
  for (let index = 0; index < MAX_FAILURES; index++) await prove(mintToken()).catch(() => undefined);
  await end(token);
  expect(table.size).toBe(0);
});
