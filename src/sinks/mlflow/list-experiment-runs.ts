import type { MlflowClient } from '../../mlflow/client.ts';
import type { View } from '../../mlflow/experiment-calls.ts';
import { createFittingSearch, RunTooLarge, withoutRuns } from '../../mlflow/fitting-search.ts';
import type { Page, StoredRun } from '../../mlflow/stored-entities.ts';
import { contentOf } from './content-of.ts';

/** Listing costs MLflow a millisecond a run. */
const PAGE = 1_000;

/**
 * The runs of an experiment in the order of their start, page by page.
 *
 * @param onTooLarge called for a run that is too large to be read, which is left out. A run of the mirror never becomes so large.
 */
export async function* listExperimentRuns(
  client: Pick<MlflowClient, 'searchRuns'>,
  { experimentId, view }: { experimentId: string; view: View },
  signal: AbortSignal,
  onTooLarge: (error: RunTooLarge) => void = () => undefined,
): AsyncGenerator<readonly StoredRun[]> {
  const searchFitting = createFittingSearch(client, PAGE);
  const leftOut: string[] = [];
  let pageToken: string | undefined;
  for (;;) {
    const filter = withoutRuns(undefined, leftOut);
    const search = {
      experimentIds: [experimentId],
      view,
      orderBy: ['attributes.start_time ASC'],
      pageToken,
      ...(filter !== undefined && { filter }),
    };
    let page: Page<StoredRun>;
    try {
      page = contentOf(await searchFitting(search, signal));
    } catch (error) {
      if (!(error instanceof RunTooLarge) || leftOut.includes(error.runId)) throw error;
      leftOut.push(error.runId);
      onTooLarge(error);
      continue;
    }
    yield page.items;
    if (page.nextPageToken === undefined) return;
    pageToken = page.nextPageToken;
  }
}
