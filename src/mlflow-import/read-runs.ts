import type { MlflowClient } from '../mlflow/client.ts';
import { AnswerTooLarge } from '../mlflow/http-exchange.ts';
import type { StoredRun } from '../mlflow/stored-entities.ts';
import { accepted } from './accepted.ts';
import type { Patience } from './patience.ts';

/** The runs that were asked for. */
export interface ReadRuns {
  readonly runs: readonly StoredRun[];
  /** By id: why a run cannot be read. */
  readonly failed: ReadonlyMap<string, string>;
}

/** Reads runs by their ids with one search: it costs MLflow less than two single reads. Runs deleted meanwhile are left out. */
export async function readRuns(
  client: MlflowClient,
  experimentId: string,
  ids: readonly string[],
  patience: Patience,
): Promise<ReadRuns> {
  const search = {
    experimentIds: [experimentId],
    // The ids come from MLflow itself, and their form has no quotes.
    filter: `attributes.run_id IN (${ids.map((id) => `'${id}'`).join(',')})`,
    view: 'ACTIVE_ONLY',
    maxResults: ids.length,
  } as const;
  try {
    return { runs: accepted(await patience.until(() => client.searchRuns(search))).items, failed: new Map() };
  } catch (error) {
    if (!(error instanceof AnswerTooLarge)) throw error;
    const [only] = ids;
    if (ids.length === 1 && only !== undefined) return { runs: [], failed: new Map([[only, error.message]]) };
    const middle = ids.length >> 1;
    const first = await readRuns(client, experimentId, ids.slice(0, middle), patience);
    const second = await readRuns(client, experimentId, ids.slice(middle), patience);
    return { runs: [...first.runs, ...second.runs], failed: new Map([...first.failed, ...second.failed]) };
  }
}
