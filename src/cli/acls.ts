import { Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../config.ts';
import { withConnections } from '../connections.ts';
import { UsageError } from '../errors.ts';
import { type AccessEntry, addAccess, commandArguments } from '../kafka/admin/access-lists.ts';
import { ROLE_NAMES, ROLES } from '../pipeline.ts';
import { accessEntries, OPERATOR, ROLE_PLACE } from '../roles/kafka-grants.ts';
import type { Role } from '../roles/role.ts';
import { commandLog } from './command-log.ts';
import { printLine } from './print-line.ts';

interface Chosen {
  readonly roles: readonly Role[];
  readonly isForOperator: boolean;
}

interface AclsOptions {
  readonly principal: string;
  readonly roles?: Chosen;
  readonly apply: boolean;
}

/** `thunderline acls`: the least rights of each role in Kafka, as a script; `--apply` grants them. */
export const aclsCommand = (): Command =>
  new Command('acls')
    .description('print a script that grants each role its least rights in Kafka')
    .option(
      '--principal <pattern>',
      `principal of a role, with ${ROLE_PLACE} for its name`,
      parsePrincipal,
      'User:{role}',
    )
    .option(
      '--roles <roles>',
      `only the rights of these, comma-separated, of ${[...ROLE_NAMES, OPERATOR].join(', ')}; the principal of a process with ` +
        `several roles needs no ${ROLE_PLACE}`,
      parseRoleChoice,
    )
    .option('--apply', 'grant them now, by the KAFKA_* settings; they need ALTER on the cluster', false)
    .action(async ({ principal, roles: chosen, apply }: AclsOptions) => {
      if (chosen === undefined && !principal.includes(ROLE_PLACE)) {
        throw new UsageError(
          `--principal ${principal} would have the rights of every role: name them with --roles, or add ${ROLE_PLACE}`,
        );
      }
      const config = loadConfig();
      const { roles, isForOperator } = chosen ?? { roles: ROLES, isForOperator: true };
      const entries = accessEntries(roles, config.kafka.topicPrefix, principal, isForOperator);
      if (!apply) {
        for (const line of aclScript(entries).trimEnd().split('\n')) printLine(line);
        return;
      }
      await withConnections(config, commandLog(), { purpose: 'topics', registers: [] }, async ({ admin }) =>
        addAccess(await admin(), entries),
      );
      printLine(
        `${entries.length} rights of ${new Set(entries.map((entry) => entry.principal)).size} principals are granted`,
      );
    });

function parsePrincipal(text: string): string {
  if (/^\w+:./.test(text)) return text;
  throw new InvalidArgumentError('expected a type, a colon and a name, such as User:thunderline-{role}');
}

function parseRoleChoice(text: string): Chosen {
  const names = text.split(',').map((name) => name.trim());
  const known: readonly string[] = [...ROLE_NAMES, OPERATOR];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new InvalidArgumentError(`expected names of ${known.join(', ')}`);
  return { roles: ROLES.filter(({ name }) => names.includes(name)), isForOperator: names.includes(OPERATOR) };
}

/** A script for Kafka's own `kafka-acls.sh`. */
export const aclScript = (entries: readonly AccessEntry[]): string =>
  [
    '#!/bin/sh',
    '# The least rights of each role of Thunderline, printed by "npx thunderline acls".',
    '#',
    '#   BOOTSTRAP_SERVER=kafka.example:9092 COMMAND_CONFIG=admin.properties sh kafka-acls.sh',
    '#',
    '# COMMAND_CONFIG is a properties file of a principal with ALTER on the cluster. KAFKA_ACLS is the path of the tool of',
    '# Kafka, by default kafka-acls.sh of the search path.',
    'set -eu',
    `tool=\${KAFKA_ACLS:-kafka-acls.sh}`,
    'acl() { "$tool" --bootstrap-server "$BOOTSTRAP_SERVER" --command-config "$COMMAND_CONFIG" "$@"; }',
    ...entries.map((entry) => `acl ${commandArguments(entry).map(quoted).join(' ')}`),
    '',
  ].join('\n');

const quoted = (text: string): string => (/^[\w.:=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
