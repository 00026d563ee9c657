import kafkajs, { type AclEntry, type Admin } from 'kafkajs';
import type { Right } from './missing-rights.ts';

// kafkajs is a CommonJS module, and Node detects only some of its exports.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** A right as an access control list states it: on one name, or on all names that begin with it. */
export interface Grant extends Right {
  readonly pattern: 'LITERAL' | 'PREFIXED';
}

/** One entry of the access control lists. */
export interface AccessEntry extends Grant {
  /** As the authorizer names a client, with its type: `User:router`. */
  readonly principal: string;
}

const ANY_HOST = '*';

const aclOf = ({ principal, resource, name, operation, pattern }: AccessEntry): AclEntry => ({
  principal,
  host: ANY_HOST,
  operation: AclOperationTypes[operation],
  permissionType: AclPermissionTypes.ALLOW,
  resourceType: resource === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
  resourceName: name,
  resourcePatternType: ResourcePatternTypes[pattern],
});

/** Adds entries to the access control lists; one that exists already stays. */
export async function addAccess(admin: Admin, entries: readonly AccessEntry[]): Promise<void> {
  await admin.createAcls({ acl: entries.map(aclOf) });
}

/** Removes these entries. */
export async function removeAccess(admin: Admin, entries: readonly AccessEntry[]): Promise<void> {
  await admin.deleteAcls({ filters: entries.map(aclOf) });
}

/** The name of an operation as `kafka-acls.sh` reads it: `DESCRIBE_CONFIGS` is `DescribeConfigs`. */
export const operationName = (operation: string): string =>
  operation
    .split('_')
    .map((word) => `${word.charAt(0)}${word.slice(1).toLowerCase()}`)
    .join('');

/** The arguments with which Kafka's own `kafka-acls.sh` adds the entry. */
export const commandArguments = ({ principal, resource, name, operation, pattern }: AccessEntry): readonly string[] => [
  '--add',
  ...['--allow-principal', principal],
  ...['--operation', operationName(operation)],
  ...[`--${resource}`, name],
  ...['--resource-pattern-type', pattern.toLowerCase()],
];
