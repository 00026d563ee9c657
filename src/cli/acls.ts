import { Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../config.ts';
import { withConnections } from '../connections.ts';
import { type AccessEntry, addAccess, commandArguments } from '../kafka/admin/access-lists.ts';
import { ROLES } from '../pipeline.ts';
import { accessEntries, ROLE_PLACE } from '../roles/kafka-grants.ts';
import { commandLog } from './command-log.ts';
import { printLine } from './print-line.ts';

interface AclsOptions {
  readonly principal: string;
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
    .option('--apply', 'grant them now, by the KAFKA_* settings; they need ALTER on the cluster', false)
    .action(async ({ principal, apply }: AclsOptions) => {
      const config = loadConfig();
      const entries = accessEntries(ROLES, config.kafka.topicPrefix, principal);
      if (!apply) return printLine(aclScript(entries).trimEnd());
      await withConnections(config, commandLog(), { purpose: 'topics', registers: [] }, async ({ admin }) =>
        addAccess(await admin(), entries),
      );
      printLine(
        `${entries.length} rights of ${new Set(entries.map((entry) => entry.principal)).size} principals are granted`,
      );
    });

function parsePrincipal(text: string): string {
  if (text.includes(ROLE_PLACE) && /^\w+:/.test(text)) return text;
  throw new InvalidArgumentError(
    `expected a type, a colon and a name with ${ROLE_PLACE}, such as User:thunderline-{role}`,
  );
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
