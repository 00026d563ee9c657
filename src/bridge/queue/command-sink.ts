import type pg from 'pg';
import type { Metrics } from '../../metrics.ts';
import type { Headers } from '../../record.ts';
import type { Sink } from '../../runtime/sink.ts';
import type { DecodedRecord, Rejected } from '../../runtime/stage.ts';
import { describeDatabaseError, isBadData, unavailable } from '../../store/database-error.ts';
import { inTransaction } from '../../store/pool.ts';
import { settleCancels } from '../../store/tables/bridge-cancels.ts';
import {
  addCancellations,
  insertTrials,
  lockRuns,
  type NamedRun,
  notifyBridges,
  prepareQueue,
  startRun,
} from '../../store/tables/bridge-commands.ts';
import { trialIdsOf } from './expand-studies.ts';
import { type Instruction, readInstruction } from './instruction.ts';

export interface CommandSinkParts {
  readonly pool: pg.Pool;
  readonly metrics: Metrics;
  readonly maxCommandAgeMs: number;
}

const BATCH = { maxRecords: 1_000, maxBytes: 4 * 1_048_576 } as const;

/** A command that may be queued, with the record it came in. */
interface Queued {
  readonly record: DecodedRecord;
  readonly instruction: Instruction;
}

/**
 * Writes commands into the queue of the bridge. It runs nothing and waits for no worker: its offsets are committed at
 * once, and the table holds a trial for the ten hours it may run. Commands may be repeated and reordered; a run that
 * was started and a trial that was commanded before are left as they are.
 */
export function createCommandSink({ pool, metrics, maxCommandAgeMs }: CommandSinkParts): Sink {
  async function store(queued: readonly Queued[]): Promise<readonly Rejected[]> {
    if (queued.length === 0) return [];
    try {
      await storeAll(queued.map(({ instruction }) => instruction));
      return [];
    } catch (error) {
      if (!isBadData(error)) throw unavailable(error);
      const [only] = queued;
      if (only !== undefined && queued.length === 1) {
        const { source } = only.record;
        return [{ record: source, code: 'rejected_by_database', message: describeDatabaseError(error) }];
      }
      const middle = queued.length >> 1;
      return [...(await store(queued.slice(0, middle))), ...(await store(queued.slice(middle)))];
    }
  }

  async function storeAll(instructions: readonly Instruction[]): Promise<void> {
    const starts = instructions.flatMap((each) => (each.kind === 'start' ? [each.run] : []));
    const trials = instructions.flatMap((each) => (each.kind === 'trial' ? [each.trial] : []));
    const cancellations = instructions.flatMap((each) => (each.kind === 'cancel' ? [each.cancellation] : []));
    const counts = await inTransaction(pool, async (client) => {
      const cancelled = await lockRuns(client, distinctRuns(instructions));
      let started = 0;
      for (const run of starts) {
        if (await startRun(client, run, trialIdsOf(run.trials), maxCommandAgeMs)) started += 1;
      }
      const added = await insertTrials(client, trials, maxCommandAgeMs);
      await addCancellations(client, cancellations);
      const affected = [...new Set([...cancelled, ...cancellations.map(({ model_run_id }) => model_run_id)])];
      if (affected.length > 0) await settleCancels(client, affected);
      await notifyBridges(client);
      return { started, added };
    });
    const { started, added } = counts;
    const count = (operation: string, result: string, number = 0): void => {
      if (number > 0) metrics.bridgeCommands.inc({ operation, result }, number);
    };
    count('start_run', 'queued', started);
    count('start_run', 'repeated', starts.length - started);
    const known = Object.values(added).reduce((sum, number) => sum + number, 0);
    for (const state of ['queued', 'held', 'ended'] as const) count('run_trial', state, added[state]);
    count('run_trial', 'repeated', trials.length - known);
    count('cancel', 'queued', cancellations.length);
  }

  return {
    name: 'bridge',
    batch: BATCH,

    async open() {
      await prepareQueue(pool);
    },

    async write(records) {
      const rejected: Rejected[] = [];
      const queued = records.flatMap((record): Queued[] => {
        const { source, content } = record;
        if (content.name !== 'TrialCommand') {
          rejected.push({ record: source, code: 'unexpected_record', message: `${content.name} is not a command` });
          return [];
        }
        const read = readInstruction(content.record, headerOf(source.headers, 'traceparent'));
        if (read.ok) return [{ record, instruction: read.instruction }];
        rejected.push({ record: source, code: 'invalid_command', message: read.message });
        return [];
      });
      return [...rejected, ...(await store(queued))];
    },

    async close() {},
  };
}

/** Each run once, as the first of its commands names it. */
function distinctRuns(instructions: readonly Instruction[]): readonly NamedRun[] {
  const runs = new Map<string, NamedRun>();
  for (const { run } of instructions) if (!runs.has(run.model_run_id)) runs.set(run.model_run_id, run);
  return [...runs.values()];
}

const MAX_HEADER_LENGTH = 255;

function headerOf(headers: Headers, name: string): string | null {
  const value = headers[name];
  if (value === undefined || value === null || Array.isArray(value)) return null;
  const text = String(value);
  return text.length <= MAX_HEADER_LENGTH && /^[\x20-\x7e]+$/.test(text) ? text : null;
}
