import { Command } from 'commander';
import { checkReleased, checkSchemas, type SubjectCheck } from '../avro/check-schemas.ts';
import { loadSchemas, SCHEMA_FOLDER, type Schemas } from '../avro/schemas.ts';
import { loadConfig } from '../config.ts';
import { withConnections } from '../connections.ts';
import { UsageError } from '../errors.ts';
import { TOPIC_NAMES } from '../topics.ts';
import { commandLog } from './command-log.ts';
import { printLine } from './print-line.ts';

function checkRegistered(schemas: Schemas): Promise<SubjectCheck[]> {
  const { registry, kafka } = loadConfig();
  return checkSchemas(registry, schemas, kafka.topicPrefix, TOPIC_NAMES);
}

/** `thunderline schemas check|register`: compares the schema files with the registry, or registers them. */
export function schemasCommand(): Command {
  const command = new Command('schemas').description('check or register the schema files');
  command
    .command('check')
    .description('check that every schema file is compatible with the registry; exits 1 when one is not')
    .option('--schemas <folder>', 'folder of .avsc files', SCHEMA_FOLDER)
    .option('--released <folder>', 'compare with the .avsc files of a release, as in schemas/released/0.1.0, instead')
    .action(async ({ schemas, released }: { schemas: string; released?: string }) => {
      const checks = await (released === undefined
        ? checkRegistered(loadSchemas(schemas))
        : checkReleased(loadSchemas(schemas), loadSchemas(released)));
      for (const { subject, problems } of checks) {
        printLine(`${problems.length === 0 ? 'ok      ' : 'breaking'}  ${subject}`);
        for (const problem of problems) printLine(`            ${problem}`);
      }
      const breaking = checks.filter(({ problems }) => problems.length > 0).length;
      if (breaking > 0) throw new UsageError(`${breaking} of ${checks.length} subjects would break their readers`);
    });
  command
    .command('register')
    .description('register every schema file under its subjects')
    .action(async () => {
      const settings = { purpose: 'schemas', registers: TOPIC_NAMES } as const;
      await withConnections(loadConfig(), commandLog(), settings, ({ codec }) => codec());
      printLine('every schema is registered');
    });
  return command;
}
