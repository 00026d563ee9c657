import { expect, test } from '@jest/globals';
import { mintToken } from '../../src/access/session-token.ts';
import { MAX_FAILURES, scriptedSessions } from './scripted-sessions.ts';

const MANY = 50;

test('an address beyond its limit causes no query, and no rejection that is not handled', async () => {
  const { state, prove } = scriptedSessions();
  for (let index = 0; index < MAX_FAILURES; index++) {
    await expect(prove(mintToken())).rejects.toMatchObject({ code: 'unauthorized' });
  }
  const before = state.queries.length;
  state.away = true;
  // Of a query that was started and dropped, the rejection would end this process.
  for (let index = 0; index < MANY; index++) {
    await expect(prove(mintToken())).rejects.toMatchObject({ code: 'rate_limited' });
  }
  expect(state.queries).toHaveLength(before);
});

test('a session that is held is admitted from an address beyond its limit, and while Postgres is unavailable', async () => {
  const { state, issue, prove } = scriptedSessions();
  const token = issue();
  await prove(token);
  for (let index = 0; index < MAX_FAILURES; index++) await prove(mintToken()).catch(() => undefined);
  state.away = true;
  expect(await prove(token)).toMatchObject({ scopes: ['read'] });
});

test('sessions that are looked up at once cost two queries', async () => {
  const { state, issue, prove } = scriptedSessions();
  const tokens = Array.from({ length: MANY }, issue);
  await Promise.all([...tokens, ...tokens].map(prove));
  expect(state.queries.map(({ length }) => length)).toEqual([1, MANY - 1]);
});

test('a session that cannot be looked up is refused as unavailable, and the refusal is counted', async () => {
  const { state, refused, issue, prove } = scriptedSessions();
  const token = issue();
  state.away = true;
  await expect(prove(token)).rejects.toMatchObject({ code: 'database_unavailable' });
  expect(refused).toEqual(['database_unavailable']);
});
