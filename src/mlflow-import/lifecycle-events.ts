import { hash } from 'node:crypto';
import { BUILDERS, type FieldValues } from '../events/build.ts';
import type { EventName, MlEvent } from '../events/event.ts';
import { canonicalJson, uuidV7OfHex, uuidV7Time } from '../events/ids.ts';
import type { StoredRun } from '../mlflow/stored-entities.ts';
import { type ImportedTrial, SOURCE } from './imported-trial.ts';
import { eventValue } from './point-events.ts';

type EndingTrial = Omit<ImportedTrial, 'fingerprint'> & { readonly fingerprint: string | undefined };

const LAST_TIME_MS = 2 ** 48 - 1;

/** The start of an imported trial. */
export const startEvent = (run: StoredRun, trial: ImportedTrial, receivedAt: number): MlEvent =>
  build('ml.trial.start', trial, receivedAt, { timestamp: startOf(run, trial), metadata: { mlflow: trial.facts } });

/**
 * The end of an imported trial; undefined for a run that has not ended. It is sent last, and by its fingerprint the
 * next import recognises that the run was imported whole.
 *
 * @param trial without a fingerprint if a part of the run cannot be imported.
 * @param artifacts the paths below the root of the run's artifacts.
 */
export function endEvent(
  run: StoredRun,
  trial: EndingTrial,
  artifacts: readonly string[],
  receivedAt: number,
): MlEvent | undefined {
  const state = STATES[run.status];
  if (state === undefined) return undefined;
  const timestamp = run.endTimeMs ?? trial.lastActivityMs;
  const metrics = Object.fromEntries([...run.latest].map(([name, { value }]) => [name, eventValue(value)]));
  const listed = artifacts.length === 0 ? {} : { artifacts };
  const fingerprinted = trial.fingerprint === undefined ? {} : { fingerprint: trial.fingerprint };
  const values = {
    timestamp,
    metadata: { mlflow: { ...trial.facts, ...listed, ...fingerprinted } },
    metrics: run.latest.size === 0 ? undefined : metrics,
    duration_ms: run.endTimeMs === undefined ? undefined : Math.max(0, timestamp - startOf(run, trial)),
    artifact_uri: artifactUri(run, artifacts),
  };
  if (state === 'completed') return build('ml.trial.complete', trial, receivedAt, values);
  // Unlike ml.trial.failed it has an address of artifacts.
  return build('ml.run.stop', trial, receivedAt, { ...values, state });
}

/** The ends of a run in MLflow. RUNNING and SCHEDULED are none. */
const STATES: Readonly<Record<string, 'completed' | 'failed' | 'cancelled'>> = {
  FINISHED: 'completed',
  FAILED: 'failed',
  KILLED: 'cancelled',
};

export const hasEnded = ({ status }: StoredRun): boolean => STATES[status] !== undefined;

const startOf = ({ startTimeMs }: StoredRun, { lastActivityMs }: EndingTrial): number => startTimeMs ?? lastActivityMs;

/** The only file of a run, or the folder that has them all; undefined if it has none. */
function artifactUri({ artifactUri: root }: StoredRun, artifacts: readonly string[]): string | undefined {
  const [first] = artifacts;
  if (first === undefined) return undefined;
  return artifacts.length === 1 ? `${root}/${first}` : root;
}

/**
 * Builds an event whose id is made of its content, and sorts by the last activity of the run: of two imports of one run, the
 * statement of the later one counts, although both have the same timestamp.
 */
function build(name: EventName, trial: EndingTrial, receivedAt: number, values: FieldValues): MlEvent {
  const all: FieldValues = {
    model_run_id: trial.modelRunId,
    trial_id: trial.trialId,
    mlflow_run_id: trial.trialId,
    spectral_norm: trial.spectralNorm,
    source: SOURCE,
    hyperparams: trial.hyperparams,
    ...values,
  };
  const time = uuidV7Time(Math.min(LAST_TIME_MS, Math.max(0, trial.lastActivityMs)));
  const digits = hash('sha256', canonicalJson([name, all]), 'hex').slice(0, 20);
  return BUILDERS[name](uuidV7OfHex(time, digits), receivedAt, all);
}
