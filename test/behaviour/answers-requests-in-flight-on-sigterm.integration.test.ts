import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { METRIC } from '../http/gateway.ts';
import { serveGateway } from '../http/process.ts';
import { createKafkaWorld, type KafkaWorld } from '../kafka/kafka-world.ts';

let world: KafkaWorld;
beforeAll(async () => {
  world = await createKafkaWorld();
});
afterAll(() => world.close());

const CLIENTS = 16;

/** Posts one event on a connection that is kept; returns the status, or undefined when there was no answer. */
async function postOn(agent: Agent, url: string, eventId: string): Promise<number | undefined> {
  const body = JSON.stringify({ ...METRIC, event_id: eventId });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const posted = request(`${url}/api/events/ml`, { agent, method: 'POST', headers });
  posted.end(body);
  try {
    const [answer] = await once(posted, 'response');
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode;
  } catch {
    return undefined;
  }
}

test.each([1, 2])(
  'a gateway of %i processes that is told to stop under load leaves no unknown outcome',
  async (workers) => {
    const gateway = await serveGateway({ ...world.environment, GATEWAY_WORKERS: String(workers) });
    const outcomes = new Map<string, number | undefined>();
    const agents = Array.from({ length: CLIENTS }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const underWay = Promise.withResolvers<void>();

    /** Posts without a pause until the gateway is gone. */
    async function postOnAndOn(agent: Agent): Promise<void> {
      for (let failures = 0; failures < 3; ) {
        const id = randomUUID();
        const status = await postOn(agent, gateway.url, id);
        outcomes.set(id, status);
        if (status === undefined) failures += 1;
        if (outcomes.size === 2_000) underWay.resolve();
      }
    }
    const clients = agents.map(postOnAndOn);
    await underWay.promise;
    const toldAt = performance.now();
    gateway.kill('SIGTERM');
    const [exit] = await Promise.all([gateway.exited, ...clients]);
    expect(exit).toMatchObject({ code: 0, signal: null });
    expect(performance.now() - toldAt).toBeLessThan(30_000);
    for (const agent of agents) agent.destroy();

    for (const status of outcomes.values()) expect([202, 503, undefined]).toContain(status);
    const records = await world.read(`${world.topicPrefix}ml.events`);
    const stored = new Set(records.map(({ headers }) => String(headers['event-id'])));
    // A request without an answer stored nothing, so its client may send it again or give up.
    for (const [id, status] of outcomes) expect([id, stored.has(id)]).toEqual([id, status === 202]);
  },
);
