import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { UsageError } from '../errors.ts';
import { migrate } from '../store/migrate.ts';
import { printLine } from './print-line.ts';

/** `thunderline migrate`: migrates the database before the roles start. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description(
      'migrate the tables of DATABASE_URL to the newest version; the role postgres also does so at its start, except with --no-migrate',
    )
    .action(async () => {
      const ran = await migrate(loadConfig().postgres.url.reveal()).catch((error: Error) => {
        throw new UsageError(error.message);
      });
      for (const name of ran) printLine(`applied  ${name}`);
      printLine(
        ran.length === 0
          ? 'the database is up to date'
          : `applied ${ran.length} ${ran.length === 1 ? 'migration' : 'migrations'} in one transaction`,
      );
    });
}
