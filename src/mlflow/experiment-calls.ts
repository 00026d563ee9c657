import type { Ask, Result } from './ask.ts';
import type { Tag } from './entities.ts';
import { object, readExperiment, readPage, requiredText } from './read-content.ts';
import type { Page, StoredExperiment } from './stored-entities.ts';
import { storedText } from './stored-text.ts';

/** Whether a search returns active items, deleted ones, or both. */
export type View = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL';

export interface NewExperiment {
  readonly name: string;
  /** Address below which the artifacts of its runs are stored; absent: the server's default. */
  readonly artifactLocation?: string;
  readonly tags: readonly Tag[];
}

export interface ExperimentSearch {
  /** In MLflow's language of filters; absent: every experiment. */
  readonly filter?: string;
  readonly view: View;
  readonly maxResults: number;
  readonly pageToken?: string | undefined;
}

/** The calls about experiments. */
export interface ExperimentCalls {
  /** Returns deleted experiments too. Refused as `gone` if there is none. */
  getExperiment(experimentId: string, signal?: AbortSignal): Promise<Result<StoredExperiment>>;
  /** Finds deleted experiments too. Refused as `gone` if there is none. */
  getExperimentByName(name: string, signal?: AbortSignal): Promise<Result<StoredExperiment>>;
  /** Returns the id. Refused as `exists` if the name is taken, by a deleted experiment as well. */
  createExperiment(experiment: NewExperiment, signal?: AbortSignal): Promise<Result<string>>;
  /** Restores a deleted experiment and all its runs, also those that were deleted one by one. Refused as `gone` if active. */
  restoreExperiment(experimentId: string, signal?: AbortSignal): Promise<Result<void>>;
  setExperimentTag(experimentId: string, tag: Tag, signal?: AbortSignal): Promise<Result<void>>;
  searchExperiments(search: ExperimentSearch, signal?: AbortSignal): Promise<Result<Page<StoredExperiment>>>;
}

/** Characters of the name of an experiment that every database can store. */
const MAX_NAME_CHARACTERS = 256;
const MAX_LIST_BYTES = 67_108_864;

const experimentName = (name: string): string => storedText(name, MAX_NAME_CHARACTERS, () => '…');
const nothing = (): void => undefined;

export const experimentCalls = (ask: Ask): ExperimentCalls => ({
  getExperiment: (experimentId, signal) =>
    ask({
      call: 'experiments/get',
      query: { experiment_id: experimentId },
      read: ({ experiment }) => readExperiment(object(experiment)),
      signal,
    }),

  getExperimentByName: (name, signal) =>
    ask({
      call: 'experiments/get-by-name',
      query: { experiment_name: experimentName(name) },
      read: ({ experiment }) => readExperiment(object(experiment)),
      signal,
    }),

  createExperiment: ({ name, artifactLocation, tags }, signal) =>
    ask({
      call: 'experiments/create',
      body: { name: experimentName(name), artifact_location: artifactLocation, tags },
      read: (content) => requiredText(content, 'experiment_id'),
      signal,
    }),

  restoreExperiment: (experimentId, signal) =>
    ask({ call: 'experiments/restore', body: { experiment_id: experimentId }, read: nothing, signal }),

  setExperimentTag: (experimentId, { key, value }, signal) =>
    ask({
      call: 'experiments/set-experiment-tag',
      body: { experiment_id: experimentId, key, value },
      read: nothing,
      signal,
    }),

  searchExperiments: ({ filter, view, maxResults, pageToken }, signal) =>
    ask({
      call: 'experiments/search',
      body: { filter, view_type: view, max_results: maxResults, page_token: pageToken },
      read: (content) => readPage(content, 'experiments', readExperiment),
      signal,
      maxAnswerBytes: MAX_LIST_BYTES,
    }),
});
