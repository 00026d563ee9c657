import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { METRIC, post } from '../http/gateway.ts';
import { type ServeProcess, serveGateway } from '../http/process.ts';
import { eventually } from '../support/eventually.ts';
import { createWorld, type World } from '../support/world.ts';

const CLOSE = { connection: 'close' };
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const IDS = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`, 'x-correlation-id': 'study-7' };

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

async function levelOf({ url }: ServeProcess): Promise<string> {
  const answer = await fetch(`${url}/api/log-level`, { headers: CLOSE });
  return ((await answer.json()) as { readonly level: string }).level;
}

test('a route and a signal change the level of every process, and lines about requests have their ids', async () => {
  const gateway = await serveGateway({ ...world.environment, GATEWAY_WORKERS: '2' });
  const setLevel = (level: string) =>
    fetch(`${gateway.url}/api/log-level/${level}`, { method: 'PUT', headers: CLOSE }).then(({ status }) => status);
  const changes = () => gateway.lines().filter(({ msg }) => msg === 'the level of the log was changed').length;
  try {
    expect(await levelOf(gateway)).toBe('info');
    expect(await setLevel('loud')).toBe(400);
    expect(await setLevel('debug')).toBe(200);
    // The primary and both workers.
    await eventually(() => changes() === 3);
    for (let count = 0; count < 4; count += 1) expect(await levelOf(gateway)).toBe('debug');
    expect((await post(gateway.url, METRIC, { ...CLOSE, ...IDS })).status).toBe(202);
    const answered = () => gateway.lines().find(({ traceId }) => traceId === TRACE_ID);
    await eventually(() => answered() !== undefined);
    expect(answered()).toMatchObject({
      level: 'debug',
      msg: 'request answered',
      method: 'POST',
      route: '/api/events/ml',
      status: 202,
      correlationId: 'study-7',
    });
    expect(await setLevel('info')).toBe(200);
    await eventually(() => changes() === 6);
    gateway.kill('SIGUSR2');
    await eventually(() => changes() === 9);
    expect(await levelOf(gateway)).toBe('debug');
    gateway.kill('SIGUSR2');
    await eventually(() => changes() === 12);
    expect(await levelOf(gateway)).toBe('info');
  } finally {
    gateway.kill('SIGTERM');
    expect(await gateway.exited).toMatchObject({ code: 0 });
  }
});
