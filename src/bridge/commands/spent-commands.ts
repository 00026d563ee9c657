import type pg from 'pg';
import type { TrialCommand } from '../../avro/records.ts';
import type { Log } from '../../log.ts';
import { findEndedTrials, startedRun } from '../../store/queries/spent-commands.ts';

/** A command that changes nothing, because an earlier one has done its work. */
export interface SpentCommand {
  /** The position among the commands. */
  readonly index: number;
  readonly field: 'model_run_id' | 'trial_id';
  readonly message: string;
}

/** Finds the spent commands of one request. */
export type FindSpent = (commands: readonly TrialCommand[]) => Promise<readonly SpentCommand[]>;

/** The pause after a failed query, in which Postgres is not asked and commands are accepted without the check. */
const PAUSE_MS = 5_000;

/**
 * Looks commands up in the tables of the queue, if the tables exist: a gateway without Postgres accepts every command,
 * and a spent command changes nothing in any case.
 */
export function createFindSpent(pool: pg.Pool, log: Log): FindSpent {
  let silentUntil = 0;

  async function find(commands: readonly TrialCommand[]): Promise<readonly SpentCommand[]> {
    const [first] = commands;
    if (first === undefined) return [];
    const run = first.model_run_id;
    if (first.operation === 'start_run') {
      const status = await startedRun(pool, run, first.command_id);
      if (status === undefined) return [];
      return [
        { index: 0, field: 'model_run_id', message: `the run was started before and is ${status}: name another one` },
      ];
    }
    const named = commands.flatMap(({ trial_id, command_id }) => (trial_id === null ? [] : [{ trial_id, command_id }]));
    const ended = await findEndedTrials(pool, run, named);
    return commands.flatMap(({ trial_id }, index) => {
      const status = trial_id === null ? undefined : ended.get(trial_id);
      if (status === undefined) return [];
      const message = `the trial has ended, as ${status}: "npx thunderline queue retry" runs it again`;
      return [{ index, field: 'trial_id', message }];
    });
  }

  return async (commands) => {
    if (Date.now() < silentUntil) return [];
    try {
      return await find(commands);
    } catch (cause) {
      silentUntil = Date.now() + PAUSE_MS;
      log.debug({ cause }, 'accepting commands without checking the queue for earlier ones');
      return [];
    }
  };
}
