import type { Result } from './ask.ts';
import { AnswerTooLarge } from './http-exchange.ts';
import type { RunCalls, RunSearch } from './run-calls.ts';
import type { Page, StoredRun } from './stored-entities.ts';

/** A run whose params and tags fill an answer alone. A list leaves it out, so that the other runs can be read. */
export class RunTooLarge extends Error {
  override readonly name = 'RunTooLarge';
  readonly runId: string;

  constructor(runId: string, { message }: AnswerTooLarge) {
    super(`the run ${runId} is too large to be read: ${message}`);
    this.runId = runId;
  }
}

/**
 * Searches for one page after the other. A page whose answer is too large is halved, and so are those after it. Rejects with
 * {@link RunTooLarge} if the first run of a page is too large alone: {@link withoutRuns} leaves it out of the next search. The
 * token of a page counts the runs before it, so it stays right without that run.
 */
export type FittingSearch = (
  search: Omit<RunSearch, 'maxResults'>,
  signal?: AbortSignal,
) => Promise<Result<Page<StoredRun>>>;

/** @param pageSize runs in a page, at most. */
export function createFittingSearch({ searchRuns }: Pick<RunCalls, 'searchRuns'>, pageSize: number): FittingSearch {
  let size = pageSize;
  return async (search, signal) => {
    for (;;) {
      try {
        return await searchRuns({ ...search, maxResults: size }, signal);
      } catch (error) {
        if (!(error instanceof AnswerTooLarge)) throw error;
        if (size === 1) {
          size = pageSize;
          throw runTooLarge(error);
        }
        size >>= 1;
      }
    }
  };
}

/** MLflow states the ids of a run before its params and tags. */
function runTooLarge(error: AnswerTooLarge): Error {
  const [, runId] = /"run_(?:uu)?id": ?"([\w-]+)"/.exec(error.start) ?? [];
  return runId === undefined ? error : new RunTooLarge(runId, error);
}

/** A filter that leaves out these runs; their ids come from MLflow itself and have no quotes. */
export const withoutRuns = (filter: string | undefined, runIds: readonly string[]): string | undefined => {
  const others = runIds.map((runId) => `attributes.run_id != '${runId}'`);
  return [...(filter === undefined ? [] : [filter]), ...others].join(' and ') || undefined;
};
