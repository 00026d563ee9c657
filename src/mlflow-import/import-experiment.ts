import type { Connections } from '../connections.ts';
import { UsageError } from '../errors.ts';
import { createIdSource } from '../http/id-source.ts';
import type { MlflowClient } from '../mlflow/client.ts';
import type { StoredExperiment } from '../mlflow/stored-entities.ts';
import { pendingMigrations } from '../store/pending-migrations.ts';
import { accepted, MlflowRefused } from './accepted.ts';
import { createEventSender, dryRunSender, type EventSender } from './event-sender.ts';
import { importRuns } from './import-runs.ts';
import { ImportTally } from './import-tally.ts';
import { listRunIds } from './list-run-ids.ts';
import { createPatience, type Patience } from './patience.ts';

export interface ImportOptions {
  /** The name of the experiment. */
  readonly experiment: string;
  /** Epoch milliseconds: runs that started then or later. */
  readonly since: number | undefined;
  /** Reads everything and writes nothing. */
  readonly dryRun: boolean;
  readonly withArtifacts: boolean;
}

export interface ImportReport {
  readonly tally: ImportTally;
  /** Runs of the experiment that were to be looked at. */
  readonly total: number;
  /** False when the import was stopped; the same import continues it. */
  readonly finished: boolean;
  readonly seconds: number;
}

export interface ImportHooks {
  /** Stops the import early. */
  readonly signal: AbortSignal;
  /** @param cause returns the failure that the import waits for, if any. */
  showProgress(total: number, tally: ImportTally, cause: () => string | undefined): { end(): void };
}

/** Runs that are read by one search and imported together. */
const GROUP = 100;

/**
 * Turns the runs of an MLflow experiment into events of trials, in `ml.events`. The same run always becomes the same events,
 * so an import can be interrupted and repeated.
 */
export async function importExperiment(
  connections: Connections,
  options: ImportOptions,
  { signal, showProgress }: ImportHooks,
): Promise<ImportReport> {
  const patience = createPatience(signal);
  const client = await connections.mlflow();
  await client.check(signal);
  const experiment = await findExperiment(client, options.experiment);
  const pool = await connections.postgres();
  const pending = await pendingMigrations(pool);
  if (pending.length > 0) throw new UsageError(`the tables lack ${pending.join(', ')}: run "npx thunderline migrate"`);
  const sender = options.dryRun ? dryRunSender : await openSender(connections, patience);
  const parts = { client, pool, sender, patience, tally: new ImportTally(), withArtifacts: options.withArtifacts };

  const startedAt = Date.now();
  let total = 0;
  let progress: { end(): void } | undefined;
  try {
    const { tally } = parts;
    const ids = await listRunIds(client, experiment.experimentId, options.since, patience, ({ runId, message }) =>
      tally.count('failed', runId, message),
    );
    total = tally.runs + ids.length;
    progress = showProgress(total, parts.tally, () => patience.cause);
    for (let start = 0; start < ids.length; start += GROUP) {
      await importRuns(parts, experiment, ids.slice(start, start + GROUP));
    }
  } catch (error) {
    if (error instanceof MlflowRefused)
      throw new UsageError(`MLflow at ${client.base}: ${error.message}`, { cause: error });
    if (!signal.aborted) throw error;
  } finally {
    progress?.end();
  }
  return { tally: parts.tally, total, finished: !signal.aborted, seconds: (Date.now() - startedAt) / 1_000 };
}

async function findExperiment(client: MlflowClient, name: string): Promise<StoredExperiment> {
  const found = await client.getExperimentByName(name);
  if (!found.ok && found.refusal.kind === 'gone') {
    throw new UsageError(`MLflow at ${client.base} has no experiment ${JSON.stringify(name)}: check --experiment`);
  }
  const experiment = accepted(found);
  if (experiment.lifecycleStage === 'active') return experiment;
  throw new UsageError(`the experiment ${JSON.stringify(name)} is deleted: restore it in MLflow first`);
}

async function openSender(connections: Connections, patience: Patience): Promise<EventSender> {
  await connections.createTopics();
  return createEventSender({
    codec: await connections.codec(),
    producer: await connections.producer(),
    topicPrefix: connections.config.kafka.topicPrefix,
    trace: { traceparent: createIdSource().traceparent(undefined) },
    patience,
  });
}
