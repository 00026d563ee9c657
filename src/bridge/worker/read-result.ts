import { EVENT_LIMITS, Faults } from '../../events/fault.ts';
import { isObject, type JsonObject } from '../../events/values.ts';
import { readJson } from '../../http/json/read-json.ts';
import type { RunReported, TrialReported } from './contract.ts';
import { contractFault } from './contract-fault.ts';
import { readReportedRun } from './read-reported-run.ts';
import { readTrial } from './read-trial.ts';
import { readWarnings } from './read-warnings.ts';
import type { Answered } from './workers.ts';

/** The content of a result, or why it is not one. */
export type ReadResult =
  | {
      readonly kind: 'read';
      readonly trials: readonly TrialReported[];
      readonly run: RunReported | undefined;
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'invalid'; readonly why: string };

const LIMITS = { maxBytes: 16 * 1_048_576, maxEntries: 1_000_000, maxExactEntries: 100_000 };

/** Members of a result that are not metadata of its run. */
const ENVELOPE = new Set(['trials', 'warnings', 'version']);

const invalid = (why: string): ReadResult => ({ kind: 'invalid', why });

/** Reads the JSON text of a result: its schema, its trials, and that it belongs to the call. */
export function readResult(text: string, call: Answered): ReadResult {
  const read = readJson(Buffer.from(text, 'utf8'), LIMITS);
  if (!read.ok) return invalid(`${read.fault.path} ${read.fault.message}`.trim());
  // The validator compares plain values; exact integers are objects.
  const fault = contractFault('ResultV1', JSON.parse(text));
  if (fault !== undefined) return invalid(fault);
  const result = read.value as JsonObject;
  const strange = otherRun(result, call.modelRunId);
  if (strange !== undefined) return invalid(strange);

  const faults = new Faults(EVENT_LIMITS.maxFaults);
  const trials = trialsOf(result, call).map(({ path, members }) => readTrial(members, path, call, faults));
  const run = readReportedRun(result, call, ENVELOPE, faults);
  const [first] = faults.list;
  if (first !== undefined) return invalid(`${first.path} ${first.message}`.trim());
  const complete = trials.filter((trial) => trial !== undefined);
  const problem = problemOf(complete, call);
  if (problem !== undefined) return invalid(problem);
  return { kind: 'read', trials: complete, run, warnings: readWarnings(result.warnings) };
}

function trialsOf(result: JsonObject, { op }: Answered): { readonly path: string; readonly members: JsonObject }[] {
  if (Array.isArray(result.trials)) {
    return result.trials.map((members: JsonObject, index) => ({ path: `trials.${index}.`, members }));
  }
  const isTrial = op === 'run_trial' || (op === 'record_trial' && result.trial_id !== undefined);
  return isTrial ? [{ path: '', members: result }] : [];
}

function problemOf(trials: readonly TrialReported[], { op, trialId }: Answered): string | undefined {
  const ids = trials.map((trial) => trial.trialId);
  const repeated = ids.find((id, index) => ids.indexOf(id) < index);
  if (repeated !== undefined) return `reports the trial ${JSON.stringify(repeated)} twice`;
  if (op !== 'run_trial' || trialId === undefined || ids.includes(trialId)) return undefined;
  const reported =
    ids.length === 0
      ? 'no trial'
      : `only ${ids
          .slice(0, 5)
          .map((id) => JSON.stringify(id))
          .join(', ')}`;
  return `the command was to run the trial ${JSON.stringify(trialId)}, and the result reports ${reported}`;
}

/** A result that names another run, itself or in one of its trials, belongs to another command. */
function otherRun(result: JsonObject, runId: string): string | undefined {
  const named = [result, ...(Array.isArray(result.trials) ? result.trials : [])]
    .filter(isObject)
    .flatMap(({ run_id, model_run_id }) => [run_id, model_run_id])
    .find((id) => id !== undefined && id !== null && id !== runId);
  if (named === undefined) return undefined;
  return `names the run ${JSON.stringify(named)}, and the command is for ${JSON.stringify(runId)}`;
}
