import type pg from 'pg';
import type { TrialCommand } from '../../avro/records.ts';
import { uuidV5 } from '../../events/ids.ts';
import { inTransaction } from '../../store/pool.ts';
import { settleCancels } from '../../store/tables/bridge-cancels.ts';
import { insertTrials, type NewTrial, notifyBridges } from '../../store/tables/bridge-commands.ts';
import {
  lockRunToExpand,
  type OpenStudyRun,
  runToAnnounce,
  setAnnounced,
  setExpanded,
} from '../../store/tables/bridge-runs.ts';
import type { CommandProducer } from '../commands/command-producer.ts';

/** Trials that are queued, or announced, in one step, and the bytes of their payloads: each has a copy of the study's. */
const STEP = 1_000;
const STEP_BYTES = 4 * 1_048_576;

/** Names by ordinal, because rows are queued before Optuna numbers its trials: `trial_007` of up to 1,000. */
export const trialIdOf = (ordinal: number, trials: number): string =>
  `trial_${String(ordinal).padStart(Math.max(3, String(trials - 1).length), '0')}`;

export const trialIdsOf = (trials: number): readonly string[] =>
  Array.from({ length: trials }, (_, ordinal) => trialIdOf(ordinal, trials));

/** The id is derived from the study's id and the ordinal, so that announcing a trial again repeats the same command. */
const commandIdOf = (studyCommandId: string, ordinal: number): string => uuidV5(`${studyCommandId} trial ${ordinal}`);

function trialOf(run: OpenStudyRun, ordinal: number): NewTrial {
  const { model_run_id, requested_at, payload, spectral_norm, timeout_ms, correlation_id, traceparent } = run;
  return {
    model_run_id,
    trial_id: trialIdOf(ordinal, run.trials),
    command_id: commandIdOf(run.command_id, ordinal),
    requested_at,
    priority: 0,
    hyperparams: null,
    spectral_norm,
    payload,
    timeout_ms,
    correlation_id,
    traceparent,
  };
}

/** The trials of the next step. */
function ordinals({ payload }: OpenStudyRun, from: number, to: number): readonly number[] {
  const fitting = Math.floor(STEP_BYTES / Math.max(1, Buffer.byteLength(payload ?? '')));
  const length = Math.min(STEP, Math.max(1, fitting), to - from);
  return Array.from({ length }, (_, index) => from + index);
}

/**
 * Queues trials of the studies whose trials are not all queued, a step at a time. Returns whether there was one.
 *
 * @param maxAgeMs age of a command beyond which its trials are held.
 * @param awaitsStart whether the trials of a study wait for its `start_run`.
 */
export async function expandStudies(pool: pg.Pool, maxAgeMs: number, awaitsStart = false): Promise<boolean> {
  const expanded = await inTransaction(pool, async (client) => {
    const run = await lockRunToExpand(client, awaitsStart);
    if (run === undefined) return false;
    const step = ordinals(run, run.expanded, run.trials);
    await insertTrials(
      client,
      step.map((ordinal) => trialOf(run, ordinal)),
      maxAgeMs,
    );
    await setExpanded(client, run.model_run_id, run.expanded + step.length);
    await settleCancels(client, [run.model_run_id]);
    await notifyBridges(client);
    return true;
  });
  return expanded;
}

/**
 * Writes the commands of queued trials of studies to `ml.commands`: the rows that show queued trials, and every replay, come
 * from there. Several bridges may announce the same trials. Returns whether there was a study to announce.
 */
export async function announceTrials(
  pool: pg.Pool,
  commands: CommandProducer,
  traceparent: (given: string | undefined) => string,
): Promise<boolean> {
  const run = await runToAnnounce(pool);
  if (run === undefined) return false;
  const step = ordinals(run, run.announced, run.expanded);
  await commands.send(
    step.map((ordinal): TrialCommand => {
      const { traceparent: _, ...trial } = trialOf(run, ordinal);
      return { ...trial, operation: 'run_trial', parallelism: null, study: null };
    }),
    traceparent(run.traceparent ?? undefined),
  );
  await setAnnounced(pool, run.model_run_id, run.announced + step.length);
  return true;
}
