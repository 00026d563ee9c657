import type { Ask, Result } from './ask.ts';
import { object, readArtifact, readPage, readPoint, readPointsByRun } from './read-content.ts';
import type { Page, StoredArtifact, StoredPoint } from './stored-entities.ts';

export interface HistoryPage {
  readonly runId: string;
  readonly name: string;
  /** Always sent: without it, MLflow 3.4 to 3.13 answers an empty page with a token that never advances. */
  readonly maxResults: number;
  readonly pageToken?: string | undefined;
}

/** Runs of one bulk request, at most. */
export const MAX_BULK_RUNS = 100;
/** Points of its answer, at most. MLflow leaves out the rest without any sign. */
export const MAX_BULK_POINTS = 25_000;

/** The points of one metric of several runs. */
export interface BulkHistory {
  readonly byRun: ReadonlyMap<string, readonly StoredPoint[]>;
  /** False if the answer has as many points as an answer may have: points of any of the runs may be missing then. */
  readonly isWhole: boolean;
}

/** The calls that read the points and the artifacts of runs. */
export interface HistoryCalls {
  /** The points of one metric, by time, step and value. A run or a metric that does not exist has none. */
  getHistory(page: HistoryPage, signal?: AbortSignal): Promise<Result<Page<StoredPoint>>>;
  /** The points of one metric of at most {@link MAX_BULK_RUNS} runs. A run or a metric that does not exist has none. */
  getHistories(runIds: readonly string[], name: string, signal?: AbortSignal): Promise<Result<BulkHistory>>;
  /** The files and folders of one folder. */
  listArtifacts(
    runId: string,
    folder?: string,
    pageToken?: string,
    signal?: AbortSignal,
  ): Promise<Result<Page<StoredArtifact> & { readonly rootUri: string }>>;
  /** The names in a folder of the store in which the server keeps the artifacts of all runs; a missing folder has none. */
  listStoredFolder(folder: string, signal?: AbortSignal): Promise<Result<readonly string[]>>;
}

const MAX_LIST_BYTES = 67_108_864;

export const historyCalls = (ask: Ask): HistoryCalls => ({
  getHistory: ({ runId, name, maxResults, pageToken }, signal) =>
    ask({
      call: 'metrics/get-history',
      query: { run_id: runId, metric_key: name, max_results: maxResults, page_token: pageToken },
      read: (content) => readPage(content, 'metrics', readPoint),
      signal,
      maxAnswerBytes: MAX_LIST_BYTES,
    }),

  async getHistories(runIds, name, signal) {
    if (runIds.length > MAX_BULK_RUNS) throw new RangeError(`${runIds.length} runs are more than ${MAX_BULK_RUNS}`);
    return ask({
      prefix: '/ajax-api/2.0/mlflow',
      call: 'metrics/get-history-bulk',
      query: { metric_key: name, run_id: runIds },
      read: (content) => ({
        byRun: readPointsByRun(content),
        isWhole: !Array.isArray(content.metrics) || content.metrics.length < MAX_BULK_POINTS,
      }),
      signal,
      maxAnswerBytes: MAX_LIST_BYTES,
    });
  },

  listArtifacts: (runId, folder, pageToken, signal) =>
    ask({
      call: 'artifacts/list',
      query: { run_id: runId, path: folder, page_token: pageToken },
      read: (content) => ({
        ...readPage(content, 'files', (item) => readArtifact(object(item))),
        rootUri: typeof content.root_uri === 'string' ? content.root_uri : '',
      }),
      signal,
      maxAnswerBytes: MAX_LIST_BYTES,
    }),

  listStoredFolder: (folder, signal) =>
    ask({
      prefix: '/api/2.0/mlflow-artifacts',
      call: 'artifacts',
      query: { path: folder },
      read: (content) => readPage(content, 'files', (item) => readArtifact(object(item)).path).items,
      signal,
      maxAnswerBytes: MAX_LIST_BYTES,
    }),
});
