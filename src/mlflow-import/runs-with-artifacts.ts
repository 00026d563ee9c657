import type { MlflowClient } from '../mlflow/client.ts';
import { AnswerTooLarge } from '../mlflow/http-exchange.ts';
import { MlflowUnavailable } from '../mlflow/mlflow-unavailable.ts';
import type { StoredRun } from '../mlflow/stored-entities.ts';

type Run = Pick<StoredRun, 'runId' | 'artifactUri'>;

/**
 * The ids of runs that may have artifacts. One request lists the folders of all runs of an experiment, as long as the server
 * of MLflow stores their artifacts itself; otherwise any run may have some. Listing each run costs the server as much as
 * reading hundreds of points.
 */
export async function runsWithArtifacts(client: MlflowClient, runs: readonly Run[]): Promise<ReadonlySet<string>> {
  const byFolder = Map.groupBy(runs, folderOf);
  const found = new Set<string>();
  for (const [folder, inFolder] of byFolder) {
    const names = folder === undefined ? undefined : await namesIn(client, folder);
    for (const { runId } of inFolder) if (names === undefined || names.has(runId)) found.add(runId);
  }
  return found;
}

/** The folder that has the folder of the run, in the store of the server; undefined if the server does not store it. */
function folderOf({ runId, artifactUri }: Run): string | undefined {
  const end = `/${runId}/artifacts`;
  return /^mlflow-artifacts:\/[^/]/.test(artifactUri) && artifactUri.endsWith(end)
    ? artifactUri.slice('mlflow-artifacts:/'.length, -end.length) || undefined
    : undefined;
}

/** Undefined if the folder cannot be listed: then each run is, and reports why it cannot. */
async function namesIn(client: MlflowClient, folder: string): Promise<ReadonlySet<string> | undefined> {
  try {
    const listed = await client.listStoredFolder(folder);
    return listed.ok ? new Set(listed.value) : undefined;
  } catch (error) {
    if (error instanceof MlflowUnavailable || error instanceof AnswerTooLarge) return undefined;
    throw error;
  }
}
