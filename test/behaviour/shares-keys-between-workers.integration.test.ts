import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask, EVENT, untilAnswered } from '../access/gateway.ts';
import { type ServeProcess, serveGateway } from '../http/process.ts';
import type { Answer } from '../support/ask.ts';
import { runThunderline } from '../support/thunderline.ts';
import { createWorld, type World } from '../support/world.ts';

const WORKERS = 2;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** Posts on a connection of its own, so that the workers are reached in turn. */
const post = ({ url }: ServeProcess, key?: string): Promise<Answer> =>
  ask(`${url}/api/events/ml`, key, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify(EVENT),
  });

test('a key that the command creates is admitted by every worker, and by none once it is revoked', async () => {
  await runThunderline(world.environment, 'migrate');
  const make = (scope: string) =>
    runThunderline(world.environment, 'keys', 'create', '--scopes', scope, '--name', `${scope}-key`);
  const ingest = (await make('ingest')).trim();
  const read = (await make('read')).trim();
  // A gateway with keys may listen on another address than loopback.
  const gateway = await serveGateway({
    ...world.environment,
    HOST: '0.0.0.0',
    GATEWAY_WORKERS: String(WORKERS),
    AUTH_FAILURES_PER_MINUTE: '100000',
  });
  const statuses = async (key?: string): Promise<Set<number>> =>
    new Set(
      (await Promise.all(Array.from({ length: 4 * WORKERS }, () => post(gateway, key)))).map((said) => said.status),
    );
  expect(await statuses(ingest)).toEqual(new Set([202]));
  expect(await statuses(read)).toEqual(new Set([403]));
  expect(await statuses()).toEqual(new Set([401]));

  await runThunderline(world.environment, 'keys', 'revoke', 'ingest-key');
  for (let worker = 0; worker < WORKERS; worker += 1) await untilAnswered(401, () => post(gateway, ingest));
  while ((await statuses(ingest)).has(202));
  expect(await statuses(ingest)).toEqual(new Set([401]));

  gateway.kill('SIGTERM');
  expect(await gateway.exited).toMatchObject({ code: 0 });
});

test('failed authentications of one address are limited', async () => {
  const gateway = await serveGateway({ ...world.environment, AUTH_FAILURES_PER_MINUTE: '5' });
  const codes: number[] = [];
  for (let count = 0; count < 8; count += 1) codes.push((await post(gateway, 'wrong')).status);
  expect(codes.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
  expect(codes.at(-1)).toBe(429);
  gateway.kill('SIGTERM');
  await gateway.exited;
});
