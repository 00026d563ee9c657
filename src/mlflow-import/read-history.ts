import type { MlflowClient } from '../mlflow/client.ts';
import type { BulkHistory } from '../mlflow/history-calls.ts';
import { AnswerTooLarge } from '../mlflow/http-exchange.ts';
import { MlflowUnavailable } from '../mlflow/mlflow-unavailable.ts';
import type { StoredPoint, StoredRun } from '../mlflow/stored-entities.ts';
import { accepted, MlflowRefused } from './accepted.ts';
import { type HistoryRead, smallerReads } from './history-reads.ts';
import type { Patience } from './patience.ts';

/** Receives points of one metric of one run, as they are read. */
export interface HistoryReader {
  onPoints(run: StoredRun, name: string, points: readonly StoredPoint[]): Promise<void>;
  /** The history of a run cannot be read whole. */
  onRefused(run: StoredRun, name: string, message: string): void;
}

/** Points of one page of a single series. */
const PAGE = 10_000;

/** Reads the points of one metric of some runs, and passes each of them on at least once. */
export async function readHistory(
  client: MlflowClient,
  read: HistoryRead,
  reader: HistoryReader,
  patience: Patience,
): Promise<void> {
  const { name, runs } = read;
  const [first] = runs;
  if (first === undefined) return;
  if (runs.length === 1) return readSeries(client, first, name, reader, patience);
  const points = await readBulk(client, read, patience);
  if (points.kind === 'whole') {
    for (const run of runs) await reader.onPoints(run, name, points.byRun.get(run.runId) ?? []);
  } else if (points.kind === 'absent') {
    for (const run of runs) await readSeries(client, run, name, reader, patience);
  } else {
    for (const smaller of smallerReads(read, points.byRun)) await readHistory(client, smaller, reader, patience);
  }
}

/** The points of several runs; `partial` if some may be missing, or one of the runs cannot be read. */
type BulkPoints =
  | { readonly kind: 'whole' | 'partial'; readonly byRun: BulkHistory['byRun'] }
  | { readonly kind: 'absent' };

async function readBulk(client: MlflowClient, { name, runs }: HistoryRead, patience: Patience): Promise<BulkPoints> {
  const ids = runs.map(({ runId }) => runId);
  try {
    const { byRun, isWhole } = accepted(await patience.until(() => client.getHistories(ids, name)));
    return { kind: isWhole ? 'whole' : 'partial', byRun };
  } catch (error) {
    if (error instanceof MlflowRefused || error instanceof AnswerTooLarge) return { kind: 'partial', byRun: new Map() };
    // The call belongs to the API of MLflow's own pages, which a proxy may not forward.
    if (error instanceof MlflowUnavailable && error.reason === 'configuration') return { kind: 'absent' };
    throw error;
  }
}

async function readSeries(
  client: MlflowClient,
  run: StoredRun,
  name: string,
  reader: HistoryReader,
  patience: Patience,
): Promise<void> {
  let pageToken: string | undefined;
  try {
    do {
      const page = { runId: run.runId, name, maxResults: PAGE, pageToken };
      const { items, nextPageToken } = accepted(await patience.until(() => client.getHistory(page)));
      if (nextPageToken !== undefined && (items.length === 0 || nextPageToken === pageToken)) {
        throw new MlflowRefused('the pages of the history do not advance');
      }
      await reader.onPoints(run, name, items);
      pageToken = nextPageToken;
    } while (pageToken !== undefined);
  } catch (error) {
    if (!(error instanceof MlflowRefused || error instanceof AnswerTooLarge)) throw error;
    reader.onRefused(run, name, error.message);
  }
}
