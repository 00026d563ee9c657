import type { AccessEntry, Grant } from '../kafka/admin/access-lists.ts';
import type { Right } from '../kafka/admin/missing-rights.ts';
import { groupId, TOPIC_NAMES, type Topic, topicName } from '../topics.ts';
import { hasGroups, type Role } from './role.ts';

/**
 * The least rights on the brokers with which the role works. READ and WRITE include DESCRIBE. The names of the groups are a
 * prefix, because decisions to skip a batch are positions of a second group.
 */
export function grantsOf(role: Role, topicPrefix: string): readonly Grant[] {
  const { name, reads, watches } = role;
  const literal = (topic: Topic, operation: Grant['operation']): Grant => ({
    resource: 'topic',
    name: topicName(topicPrefix, topic),
    operation,
    pattern: 'LITERAL',
  });
  const groups = (operation: Grant['operation'], owner?: string): Grant => ({
    resource: 'group',
    name: `${topicPrefix}thunderline.${owner === undefined ? '' : `${owner}.`}`,
    operation,
    pattern: 'PREFIXED',
  });
  return [
    ...reads.map((topic) => literal(topic, 'READ')),
    ...writesOf(role).map((topic) => literal(topic, 'WRITE')),
    ...(hasGroups(role) ? [groups('READ', name)] : []),
    ...(watches === undefined ? [] : TOPIC_NAMES.map((topic) => literal(topic, watches.operation))),
    ...(watches === undefined ? [] : [groups('DESCRIBE')]),
  ];
}

/** The rights of the role on the topics and groups by their names, as the brokers can be asked for them. */
export function rightsOf(role: Role, topicPrefix: string): readonly Right[] {
  const { name, reads, watches } = role;
  const groupsOf = (owner: string, topics: readonly Topic[], operation: Right['operation']): readonly Right[] =>
    topics.map((topic) => ({ resource: 'group', name: groupId(topicPrefix, owner, topic), operation }));
  return [
    ...grantsOf(role, topicPrefix)
      .filter(({ resource }) => resource === 'topic')
      .map(({ resource, name: topic, operation }) => ({ resource, name: topic, operation })),
    ...(hasGroups(role) ? groupsOf(name, reads, 'READ') : []),
    ...(watches === undefined ? [] : groupsOf(watches.role, watches.topics, 'DESCRIBE')),
  ];
}

/** The rights of an operator, who works with the command line: topics, replays, dead letters. */
export function operatorGrants(topicPrefix: string): readonly Grant[] {
  const prefixed = (resource: Grant['resource'], name: string, operations: readonly Grant['operation'][]) =>
    operations.map(
      (operation) => ({ resource, name: `${topicPrefix}${name}`, operation, pattern: 'PREFIXED' }) as const,
    );
  return [
    ...prefixed('topic', 'ml.', ['CREATE', 'DESCRIBE', 'ALTER', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'READ', 'WRITE']),
    ...prefixed('group', 'thunderline.', ['READ', 'DELETE']),
  ];
}

const writesOf = (role: Role): readonly Topic[] => (hasGroups(role) ? [...role.writes, 'ml.deadletters'] : role.writes);

/** Stands for the name of a role in the principals of {@link accessEntries}. */
export const ROLE_PLACE = '{role}';

/** The operator counts as a role in access control lists. */
export const OPERATOR = 'operator';

/**
 * The access control lists of roles, and of the operator where `isForOperator`.
 *
 * @param principal the principal of a role, with `{role}` for its name; without it, one principal has the rights of all.
 */
export function accessEntries(
  roles: readonly Role[],
  topicPrefix: string,
  principal: string,
  isForOperator = true,
): readonly AccessEntry[] {
  const all = [
    ...roles.map((role) => ({ name: role.name, grants: grantsOf(role, topicPrefix) })),
    ...(isForOperator ? [{ name: OPERATOR, grants: operatorGrants(topicPrefix) }] : []),
  ].flatMap(({ name, grants }) =>
    grants.map((grant) => ({ ...grant, principal: principal.replaceAll(ROLE_PLACE, name) })),
  );
  // Roles of one principal may have the same right.
  return [...new Map(all.map((entry) => [JSON.stringify(Object.entries(entry).sort()), entry])).values()];
}
