import type { MlflowClient } from '../mlflow/client.ts';
import { createFittingSearch, RunTooLarge, withoutRuns } from '../mlflow/fitting-search.ts';
import type { Page, StoredRun } from '../mlflow/stored-entities.ts';
import { accepted } from './accepted.ts';
import type { Patience } from './patience.ts';

/** Listing costs MLflow a millisecond a run, whatever the size of a page. */
const PAGE = 1_000;

/**
 * The ids of the runs of an experiment that were not deleted, in the order of their start. A page starts at the last start
 * of the page before instead of at an offset, which runs that are deleted meanwhile would shift past others.
 *
 * @param since epoch milliseconds: runs that started then or later.
 * @param onTooLarge called for a run that is too large to be read, which is left out.
 */
export async function listRunIds(
  client: Pick<MlflowClient, 'searchRuns'>,
  experimentId: string,
  since: number | undefined,
  patience: Patience,
  onTooLarge: (error: RunTooLarge) => void,
  pageSize = PAGE,
): Promise<readonly string[]> {
  const searchFitting = createFittingSearch(client, pageSize);
  const ids = new Set<string>();
  const leftOut: string[] = [];
  let from = since;
  let pageToken: string | undefined;
  for (;;) {
    const filter = withoutRuns(from === undefined ? undefined : `attributes.start_time >= ${from}`, leftOut);
    const search = {
      experimentIds: [experimentId],
      view: 'ACTIVE_ONLY',
      orderBy: ['attributes.start_time ASC'],
      ...(filter !== undefined && { filter }),
      pageToken,
    } as const;
    let page: Page<StoredRun>;
    try {
      page = accepted(await patience.until(() => searchFitting(search)));
    } catch (error) {
      if (!(error instanceof RunTooLarge) || leftOut.includes(error.runId)) throw error;
      leftOut.push(error.runId);
      onTooLarge(error);
      continue;
    }
    for (const { runId } of page.items) ids.add(runId);
    if (page.nextPageToken === undefined) return [...ids];
    const last = page.items.at(-1)?.startTimeMs ?? 0;
    // Only a page of runs that all started at one moment is followed by its token.
    pageToken = last === (from ?? 0) ? page.nextPageToken : undefined;
    if (pageToken === undefined) from = last;
  }
}
