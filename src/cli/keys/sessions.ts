import { Command } from 'commander';
import type { ListedSession } from '../../access/tables/browser-sessions.ts';
import { UsageError } from '../../errors.ts';
import { printLine, printTable } from '../print-line.ts';
import { actorOfCommand, withAccessStore } from './with-access-store.ts';

interface Options {
  readonly end?: string;
  readonly json?: boolean;
}

/** The start of a session's hash identifies the session but grants no access. */
const ID_LENGTH = 12;
const ID = /^[0-9a-f]{12,64}$/;

export const sessionsCommand = (): Command =>
  new Command('sessions')
    .description('list the sessions of browsers, newest first, or end some')
    .option(
      '--end <id>',
      'ends the session with this id; every gateway refuses it within 10 s. "all" ends every session',
    )
    .option('--json', 'one JSON object a line')
    .action((options: Options) =>
      withAccessStore(async ({ sessions, audit }) => {
        if (options.end === undefined) list(await sessions.list(), options.json === true);
        else await end(options.end);

        async function end(id: string): Promise<void> {
          if (id !== 'all' && !ID.test(id))
            throw new UsageError(`${id} is not the id of a session; "keys sessions" lists them`);
          const ended = await sessions.endAll(id === 'all' ? '' : id);
          if (ended.length === 0 && id !== 'all') throw new UsageError(`no session ${id}`);
          const actor = actorOfCommand();
          await audit.append(
            ended.map(({ hash, keyId }) => ({
              at: Date.now(),
              action: 'session_ended',
              keyId,
              actor,
              details: { session: hash.slice(0, ID_LENGTH) },
            })),
          );
          printLine(`ended ${ended.length} ${ended.length === 1 ? 'session' : 'sessions'}`);
        }
      }),
    );

function list(sessions: readonly ListedSession[], asJson: boolean): void {
  const rows = sessions.map((session) => ({
    id: session.hash.slice(0, ID_LENGTH),
    key: session.keyName,
    scopes: session.scopes.join(','),
    address: session.address,
    started: new Date(session.createdAt).toISOString(),
    expires: new Date(session.expiresAt).toISOString(),
    command_until: session.commandUntil === null ? null : new Date(session.commandUntil).toISOString(),
  }));
  const [first] = rows;
  if (asJson) for (const row of rows) printLine(JSON.stringify(row));
  else if (first === undefined) printLine('No browser is signed in.');
  else
    printTable(
      Object.keys(first),
      rows.map((row) => Object.values(row).map((cell) => cell ?? '-')),
    );
}
