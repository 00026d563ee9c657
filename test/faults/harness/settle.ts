import { fetchLag } from '../../../src/kafka/admin/lag.ts';
import { type RoleName, roleNamed } from '../../../src/pipeline.ts';
import { groupId, topicName } from '../../../src/topics.ts';
import { until } from './until.ts';
import type { FaultWorld } from './world.ts';

/** In the order in which records pass them. */
const CONSUMERS = ['router', 'postgres', 'archive'] as const satisfies readonly RoleName[];

/** Records that the groups of a role have not committed. */
export function lagOf(world: FaultWorld, role: RoleName): Promise<number> {
  return world.withAdmin(async (admin) => {
    let sum = 0;
    for (const topic of roleNamed(role).reads) {
      const name = topicName(world.topicPrefix, topic);
      const lags = await fetchLag(admin, groupId(world.topicPrefix, role, topic), [name]);
      sum += lags.reduce((total, { lag }) => total + lag, 0);
    }
    return sum;
  });
}

/** Resolves when these roles have committed everything there is; nothing new is to be posted meanwhile. */
export async function settled(world: FaultWorld, roles: readonly RoleName[], timeoutMs = 120_000): Promise<void> {
  for (const role of CONSUMERS.filter((consumer) => roles.includes(consumer))) {
    await until(`the ${role} has no lag`, timeoutMs, async () => {
      const last = await lagOf(world, role);
      if (last > 0) throw new Error(`it is ${last}`);
      return true;
    });
  }
}
