import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { UsageError } from '../errors.ts';
import { migrate } from '../store/migrate.ts';
import { printLine } from './print-line.ts';

/** `thunderline migrate`: the schema of the database, brought to the newest step before the roles start. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the tables of DATABASE_URL to the newest version; the postgres role does so at its start, too')
    .action(async () => {
      const ran = await migrate(loadConfig().postgres.url.reveal()).catch((error: Error) => {
        throw new UsageError(error.message);
      });
      for (const name of ran) printLine(`ran  ${name}`);
      printLine(ran.length === 0 ? 'nothing to do' : `${ran.length} steps, all in one transaction`);
    });
}
