import { EVENT_LIMITS, type Faults } from '../../events/fault.ts';
import { readJsonObject } from '../../events/json-object.ts';
import { readMeasurements } from '../../events/measurements.ts';
import { readAmount } from '../../events/numbers.ts';
import { type JsonObject, present, type Reader, readId } from '../../events/values.ts';
import type { RunReported } from './contract.ts';
import { readStatus, STATUS_WORDS } from './read-trial.ts';
import type { Answered } from './workers.ts';

const READ = new Set(['run_id', 'model_run_id', 'status', 'mlflow_run_id', 'metrics', 'duration_ms']);

/** Reads the members of a result of `start_run` or `finalize_run` that are about the run; undefined for other operations. */
export function readReportedRun(
  result: JsonObject,
  { op, modelRunId }: Answered,
  envelope: ReadonlySet<string>,
  faults: Faults,
): RunReported | undefined {
  if (op !== 'start_run' && op !== 'finalize_run') return undefined;
  const read = <T, Absent>(name: string, reader: Reader<T>, absent: Absent): T | Absent | undefined =>
    present(result[name]) ? reader(result[name], name, faults, EVENT_LIMITS) : absent;
  const rest = Object.entries(result).filter(([name]) => !envelope.has(name) && !READ.has(name));
  const durationMs = read('duration_ms', readAmount, null);
  return {
    contract: op === 'start_run' ? 'RunStartedV1' : 'RunFinalizedV1',
    runId: modelRunId,
    // A script may report a state of its own, such as "started": that is not an end.
    status: STATUS_WORDS.includes(String(result.status))
      ? (readStatus(result.status, 'status', faults, EVENT_LIMITS) ?? null)
      : null,
    mlflowRunId: read('mlflow_run_id', readId, null) ?? null,
    metrics: read('metrics', readMeasurements, {}) ?? {},
    durationMs: typeof durationMs === 'number' ? Math.round(durationMs) : null,
    metadata: readJsonObject(Object.fromEntries(rest), '', faults, EVENT_LIMITS) ?? {},
  };
}
