import type { Ask, Result } from './ask.ts';
import { BATCH_LIMITS, epochMs, type Metric, type Param, runName, type Tag } from './entities.ts';
import type { View } from './experiment-calls.ts';
import { object, readPage, readRun, UnexpectedContent } from './read-content.ts';
import type { RunStatus } from './run-status.ts';
import type { JsonContent } from './sort-answer.ts';
import type { Page, StoredRun } from './stored-entities.ts';

export interface NewRun {
  readonly experimentId: string;
  /** Epoch milliseconds; it can never be changed. */
  readonly startTimeMs: number;
  readonly name: string;
  /** Every tag is in the one transaction that creates the run; two of one key are refused. */
  readonly tags: readonly Tag[];
}

/** The fields of a run that can be changed; absent ones stay. */
export interface RunUpdate {
  readonly status?: RunStatus;
  /** Epoch milliseconds; 0 removes it. */
  readonly endTimeMs?: number;
  readonly name?: string;
}

export interface RunSearch {
  readonly experimentIds: readonly string[];
  /** In MLflow's language of filters; absent: every run. */
  readonly filter?: string;
  /** Such as `attributes.start_time ASC`; the id of the run is always the last criterion. */
  readonly orderBy?: readonly string[];
  readonly view: View;
  /** 50,000 at most. */
  readonly maxResults: number;
  readonly pageToken?: string | undefined;
}

/** The calls about runs. Each that writes to a run waits until no other process does. */
export interface RunCalls {
  /**
   * Creates a run of status RUNNING. MLflow chooses the id, so a repeated call creates another run.
   *
   * @param beforeSend called right before each time that the request is sent, after its wait for the budget.
   */
  createRun(run: NewRun, signal?: AbortSignal, beforeSend?: () => Promise<void>): Promise<Result<StoredRun>>;
  updateRun(runId: string, update: RunUpdate, signal?: AbortSignal): Promise<Result<void>>;
  /** At most 1,000 points, in one transaction. A point that the run has already changes nothing. */
  logMetrics(runId: string, metrics: readonly Metric[], signal?: AbortSignal): Promise<Result<void>>;
  /** At most 100, of different keys. Refused as `changed_param` if the run has another value of one, and none is stored. */
  logParams(runId: string, params: readonly Param[], signal?: AbortSignal): Promise<Result<void>>;
  /** At most 100; the last value of a key counts. */
  logTags(runId: string, tags: readonly Tag[], signal?: AbortSignal): Promise<Result<void>>;
  setTag(runId: string, tag: Tag, signal?: AbortSignal): Promise<Result<void>>;
  /** Refused as `gone` if the run, or its tag, does not exist. */
  deleteTag(runId: string, key: string, signal?: AbortSignal): Promise<Result<void>>;
  deleteRun(runId: string, signal?: AbortSignal): Promise<Result<void>>;
  restoreRun(runId: string, signal?: AbortSignal): Promise<Result<void>>;
  /** Returns deleted runs too. */
  getRun(runId: string, signal?: AbortSignal): Promise<Result<StoredRun>>;
  searchRuns(search: RunSearch, signal?: AbortSignal): Promise<Result<Page<StoredRun>>>;
}

const MAX_RUN_BYTES = 16_777_216;
const MAX_LIST_BYTES = 67_108_864;
const nothing = (): void => undefined;

export function runCalls(ask: Ask): RunCalls {
  const write = (call: string, runId: string, fields: object, signal: AbortSignal | undefined): Promise<Result<void>> =>
    ask({ call, body: { run_id: runId, ...fields }, writesTo: runId, read: nothing, signal });

  return {
    createRun: ({ experimentId, startTimeMs, name, tags }, signal, beforeSend) =>
      ask({
        call: 'runs/create',
        body: { experiment_id: experimentId, start_time: epochMs(startTimeMs), run_name: runName(name), tags },
        read: (content) => readCreated(content, tags),
        beforeSend,
        signal,
      }),

    updateRun: (runId, { status, endTimeMs, name }, signal) =>
      write(
        'runs/update',
        runId,
        {
          status,
          end_time: endTimeMs === undefined ? undefined : epochMs(endTimeMs),
          run_name: name === undefined ? undefined : runName(name),
        },
        signal,
      ),

    // Metrics, params and tags are three transactions of one request: if one is refused, those after it are not stored.
    logMetrics: (runId, metrics, signal) => logBatch('metrics', runId, metrics, signal),
    logParams: (runId, params, signal) => logBatch('params', runId, params, signal),
    logTags: (runId, tags, signal) => logBatch('tags', runId, tags, signal),

    setTag: (runId, { key, value }, signal) => write('runs/set-tag', runId, { key, value }, signal),
    deleteTag: (runId, key, signal) => write('runs/delete-tag', runId, { key }, signal),
    deleteRun: (runId, signal) => write('runs/delete', runId, {}, signal),
    restoreRun: (runId, signal) => write('runs/restore', runId, {}, signal),

    getRun: (runId, signal) =>
      ask({
        call: 'runs/get',
        query: { run_id: runId },
        read: ({ run }) => readRun(object(run)),
        signal,
        maxAnswerBytes: MAX_RUN_BYTES,
      }),

    searchRuns: ({ experimentIds, filter, orderBy, view, maxResults, pageToken }, signal) =>
      ask({
        call: 'runs/search',
        body: {
          experiment_ids: experimentIds,
          filter,
          order_by: orderBy,
          run_view_type: view,
          max_results: maxResults,
          page_token: pageToken,
        },
        read: (content) => readPage(content, 'runs', readRun),
        signal,
        maxAnswerBytes: MAX_LIST_BYTES,
      }),
  };

  async function logBatch(
    list: keyof typeof BATCH_LIMITS,
    runId: string,
    entries: readonly (Metric | Param | Tag)[],
    signal: AbortSignal | undefined,
  ): Promise<Result<void>> {
    const greatest = BATCH_LIMITS[list];
    if (entries.length > greatest) {
      throw new RangeError(`${entries.length} ${list} are too many for one call; the limit of MLflow is ${greatest}`);
    }
    return write('runs/log-batch', runId, { [list]: entries }, signal);
  }
}

/** A request that MLflow cannot read to its end creates a run without its tags, which could never be found again. */
function readCreated({ run }: JsonContent, tags: readonly Tag[]): StoredRun {
  const created = readRun(object(run));
  const lost = tags.find(({ key }) => !created.tags.has(key));
  if (lost === undefined) return created;
  throw new UnexpectedContent(`run ${created.runId} was created without its tag ${lost.key}`);
}
