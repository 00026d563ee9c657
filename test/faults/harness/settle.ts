import type { RoleName } from '../../../src/pipeline.ts';
import * as support from '../../support/lag-of.ts';
import { until } from '../../support/until.ts';
import type { FaultWorld } from './fault-world.ts';

/** The roles that consume, in the order in which records pass them. */
const CONSUMERS = ['router', 'postgres', 'archive', 'mlflow'] as const satisfies readonly RoleName[];

/** The number of records that the groups of a role have not committed. */
export const lagOf = ({ topicPrefix, withAdmin }: FaultWorld, role: RoleName): Promise<number> =>
  withAdmin((admin) => support.lagOf(admin, topicPrefix, role));

/** Resolves when these roles have committed every record. No test may post events meanwhile. */
export async function settled(world: FaultWorld, roles: readonly RoleName[], timeoutMs = 120_000): Promise<void> {
  for (const role of CONSUMERS.filter((consumer) => roles.includes(consumer))) {
    await until(`the ${role} has no lag`, timeoutMs, async () => {
      const last = await lagOf(world, role);
      if (last > 0) throw new Error(`the lag is ${last}`);
      return true;
    });
  }
}
