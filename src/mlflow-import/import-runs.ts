import type pg from 'pg';
import type { MlEvent } from '../events/event.ts';
import type { MlflowClient } from '../mlflow/client.ts';
import type { StoredExperiment } from '../mlflow/stored-entities.ts';
import { trialsOfMlflowRuns } from '../store/queries/trials-of-mlflow-runs.ts';
import { accepted, MlflowRefused } from './accepted.ts';
import { type Backlog, createBacklog } from './backlog.ts';
import type { EventSender } from './event-sender.ts';
import { planReads } from './history-reads.ts';
import type { ImportTally } from './import-tally.ts';
import { importedTrial } from './imported-trial.ts';
import { inParallel } from './in-parallel.ts';
import { hasEnded } from './lifecycle-events.ts';
import type { Patience } from './patience.ts';
import { readHistory } from './read-history.ts';
import { readRuns } from './read-runs.ts';
import { RunImport } from './run-import.ts';
import { runsWithArtifacts } from './runs-with-artifacts.ts';
import { sortRuns } from './sort-runs.ts';

export interface ImportParts {
  readonly client: MlflowClient;
  readonly pool: pg.Pool;
  readonly sender: EventSender;
  readonly patience: Patience;
  readonly tally: ImportTally;
  /** Whether artifacts are listed, which takes a request for each run that has some. */
  readonly withArtifacts: boolean;
}

/** Requests at the same time. Two already keep MLflow busy while the points of others become events. */
const READS_AT_ONCE = 4;
/** Sends to Kafka in progress, so that their events bound the memory. */
const SENDS_AT_ONCE = 4;
/** Artifacts that are named in the metadata of a trial. */
const MAX_ARTIFACTS = 100;

/**
 * Imports some runs of an experiment. The end of a run is sent last, after Kafka has acknowledged its points, so a trial with
 * the fingerprint of its run is whole; after an interruption the others are read again.
 */
export async function importRuns(
  parts: ImportParts,
  experiment: StoredExperiment,
  ids: readonly string[],
): Promise<void> {
  const { client, pool, patience, tally } = parts;
  const { runs, failed } = await readRuns(client, experiment.experimentId, ids, patience);
  for (const [runId, problem] of failed) tally.count('failed', runId, problem);
  const known = await patience.until(() => trialsOfMlflowRuns(pool, ids));
  const found = runs.map((run) => ({ run, trial: importedTrial(experiment, run) }));
  const { importable, skipped } = sortRuns(found, known);
  for (const { runId, outcome } of skipped) tally.count(outcome, runId);

  const imports = importable.map((each) => new RunImport(each, Date.now()));
  await sendOfEach(parts, imports, (each) => each.start());
  const backlog = createBacklog(SENDS_AT_ONCE);
  const artifacts = await artifactTasks(parts, imports);
  await inParallel(READS_AT_ONCE, [...historyTasks(parts, imports, backlog), ...artifacts]);
  await backlog.drain();
  await sendOfEach(parts, imports, (each) => each.end());
  for (const { run, outcome, problem } of imports) tally.count(outcome, run.runId, problem);
}

/** Sends one event of each run; a run whose event is too large fails. */
async function sendOfEach(
  { sender }: ImportParts,
  imports: readonly RunImport[],
  eventOf: (each: RunImport) => MlEvent | undefined,
): Promise<void> {
  const byEvent = new Map<string, RunImport>();
  const events = imports.flatMap((each) => {
    const event = eventOf(each);
    if (event === undefined) return [];
    byEvent.set(event.event_id, each);
    return [event];
  });
  for (const id of await sender.send(events)) byEvent.get(id)?.becomes('failed', 'its event is too large for Kafka');
}

function historyTasks(
  { client, sender, patience, tally }: ImportParts,
  imports: readonly RunImport[],
  backlog: Backlog,
): readonly (() => Promise<void>)[] {
  const byRun = new Map(imports.map((each) => [each.run.runId, each]));
  const reader = {
    async onPoints({ runId }: RunImport['run'], name: string, points: Parameters<RunImport['points']>[1]) {
      const events = byRun.get(runId)?.points(name, points) ?? [];
      // Reading continues meanwhile; the end of the run waits for the acknowledgement.
      await backlog.add(async () => {
        for (const _ of await sender.send(events)) {
          byRun.get(runId)?.becomes('failed', `a point of ${name} is too large for Kafka`);
        }
      });
      tally.points += points.length;
    },
    onRefused({ runId }: RunImport['run'], name: string, message: string) {
      byRun.get(runId)?.becomes('failed', `the history of ${name}: ${message}`);
    },
  };
  return planReads(imports.map(({ run }) => run)).map((read) => () => readHistory(client, read, reader, patience));
}

async function artifactTasks(
  { client, patience, withArtifacts }: ImportParts,
  imports: readonly RunImport[],
): Promise<readonly (() => Promise<void>)[]> {
  const ended = withArtifacts ? imports.filter(({ run }) => hasEnded(run)) : [];
  const found = await runsWithArtifacts(
    client,
    ended.map(({ run }) => run),
  );
  const listed = ended.filter(({ run }) => found.has(run.runId));
  return listed.map((each) => async () => {
    try {
      const { items } = accepted(await patience.until(() => client.listArtifacts(each.run.runId)));
      each.has(items.slice(0, MAX_ARTIFACTS).map(({ path }) => path));
    } catch (error) {
      if (!(error instanceof MlflowRefused)) throw error;
      each.becomes('incomplete', `its artifacts cannot be listed: ${error.message}`);
    }
  });
}
