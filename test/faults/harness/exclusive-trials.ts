import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processesWith } from '../../bridge/support/processes.ts';
import { PYTHON, program } from '../../bridge/support/python.ts';
import { until } from '../../support/until.ts';
import type { FaultWorld } from './fault-world.ts';
import type { RoleProcess } from './role-process.ts';
import { terminalEvents } from './terminal-events.ts';

const SCRIPT = program('exclusive.py');

/** Settings of bridges whose workers lock their trial; see test/bridge/programs/exclusive.py. */
export const EXCLUSIVE: Readonly<Record<string, string>> = {
  CEREBROS_PYTHON: PYTHON,
  CEREBROS_SCRIPT_PATH: SCRIPT,
  BRIDGE_LEASE_MS: '8000',
  BRIDGE_WORKERS: '2',
  BRIDGE_MAX_LOSSES: '1000',
  BRIDGE_TIMEOUT_MS: '120000',
};

/** Trials that lock themselves, and everything that must be true of them afterwards. */
export interface ExclusiveTrials {
  /** Resolves when this many of the trials have ended in the queue. */
  ended(count: number, timeoutMs?: number): Promise<void>;
  /** The differences from: each trial completed, one terminal event, none run twice at a time, no process left. */
  faults(): Promise<readonly string[]>;
  /** The processes of workers that run or are left. */
  processes(): readonly number[];
  /** The number of attempts by outcome. */
  attempts(): Promise<Readonly<Record<string, number>>>;
  close(): void;
}

/** A folder for the log and the locks of trials; its path is among the arguments of their processes. */
export const createFolder = (): string => mkdtempSync(join(tmpdir(), 'thunderline-exclusive-'));

export async function postExclusiveTrials(
  world: FaultWorld,
  commands: RoleProcess,
  run: string,
  count: number,
  seconds: number,
  folder = createFolder(),
): Promise<ExclusiveTrials> {
  const trials = Array.from({ length: count }, (_, index) => ({
    trial_id: `t${index}`,
    hyperparams: { seconds },
    payload: { folder },
  }));
  const answer = await fetch(`${commands.url}/api/runs/${run}/trials`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(trials),
  });
  if (answer.status !== 202) throw new Error(await answer.text());

  async function linesOf(what: string): Promise<string[]> {
    const log = readFileSync(join(folder, 'log'), 'utf8');
    return log.split('\n').filter((line) => line.startsWith(what));
  }

  return {
    async ended(wanted, timeoutMs = 240_000) {
      await until(`${wanted} trials of ${run} have ended`, timeoutMs, async () => {
        const sql = `select count(*)::int as count from bridge_trials where model_run_id = $1 and state = 'ended'`;
        return (await world.query(sql, [run])).rows[0].count >= wanted;
      });
    },

    async faults() {
      const faults: string[] = [];
      await until('every trial has its row', 60_000, async () => {
        const sql = `select count(*)::int as count from trials where model_run_id = $1 and status = 'completed'`;
        return (await world.query(sql, [run])).rows[0].count === count;
      }).catch((error: Error) => faults.push(error.message));
      faults.push(...(await linesOf('overlap')));
      const events = await terminalEvents(world);
      for (const { trial_id } of trials) {
        const ids = events.get(`${run}/${trial_id}`)?.size ?? 0;
        if (ids !== 1) faults.push(`${trial_id} has ${ids} terminal events`);
      }
      const { rows } = await world.query('select running from bridge_runs where running <> 0');
      if (rows.length > 0) faults.push('a run counts trials that no longer run');
      await until('no process is left', 60_000, () => processesWith(folder).length === 0).catch(() =>
        faults.push(`processes are left: ${processesWith(folder).join(', ')}`),
      );
      return faults;
    },

    processes: () => processesWith(folder),

    async attempts() {
      const { rows } = await world.query(
        `select coalesce(outcome, 'running') as outcome, count(*)::int as count from bridge_attempts where model_run_id = $1 group by 1`,
        [run],
      );
      return Object.fromEntries(rows.map(({ outcome, count: number }) => [outcome, number]));
    },

    close: () => rmSync(folder, { recursive: true }),
  };
}
