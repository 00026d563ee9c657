import { afterAll, expect, test } from '@jest/globals';
import { recent } from '../../docs/example-role.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { gateway } from '../../src/roles/gateway.ts';
import { router } from '../../src/roles/router.ts';
import { serve } from '../../src/serve.ts';
import { createKafkaWorld } from '../kafka/kafka-world.ts';
import { eventually } from '../support/eventually.ts';

const world = await createKafkaWorld();
afterAll(() => world.close());

const groups = async (): Promise<string[]> => {
  const all = await world.admin.listGroups();
  return all.groups
    .map(({ groupId }) => groupId)
    .filter((id) => id.startsWith(`${world.topicPrefix}thunderline.recent.`));
};

test('the example of docs/architecture.md serves a record that passed through the system', async () => {
  const serving = await serve(loadConfig(world.environment), [gateway, router, recent], createLog('silent'));
  try {
    // The consumer starts at the end of the topic once it has joined its group.
    await eventually(async () => (await fetch(`${serving.url}/health/ready`)).ok);
    expect(await groups()).toHaveLength(1);
    const event = { event: 'ml.run.metric', trial_id: 'trial', metric_name: 'loss', metric_value: 0.5, step: 7 };
    const posted = await fetch(`${serving.url}/api/events/ml`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    expect(posted.status).toBe(202);
    const points = async () => (await (await fetch(`${serving.url}/api/recent`)).json()) as object[];
    await eventually(async () => (await points()).length > 0);
    expect(await points()).toMatchObject([{ trial_id: 'trial', step: 7, measurements: { loss: 0.5 } }]);
    const described = (await (await fetch(`${serving.url}/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(described.paths)).toContain('/api/recent');
  } finally {
    await serving.stop();
  }
  expect(await groups()).toEqual([]);
});
