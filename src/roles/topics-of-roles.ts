import type { Topic } from '../topics.ts';
import { hasGroups, type Role } from './role.ts';

/** Every topic that the roles read or write. A role that reads in a consumer group may have to write dead letters. */
export const topicsOfRoles = (roles: readonly Role[]): readonly Topic[] => [
  ...new Set<Topic>([
    ...roles.flatMap(({ reads, writes }) => [...reads, ...writes]),
    ...(roles.some(hasGroups) ? (['ml.deadletters'] as const) : []),
  ]),
];
