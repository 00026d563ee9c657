import type { ConsumerGroup } from '../kafka/client/group-source.ts';
import type { Role } from './role.ts';

/** The consumer groups of the roles, one a topic. */
export const consumerGroups = (roles: readonly Role[]): readonly ConsumerGroup[] =>
  roles
    .filter(({ readsWithoutGroup }) => readsWithoutGroup !== true)
    .flatMap(({ name, reads }) => reads.map((topic) => ({ stage: name, topic })));
