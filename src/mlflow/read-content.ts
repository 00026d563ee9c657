import type { JsonContent } from './sort-answer.ts';
import type {
  LifecycleStage,
  Page,
  StoredArtifact,
  StoredExperiment,
  StoredPoint,
  StoredRun,
} from './stored-entities.ts';

/** An answer of MLflow lacks a field without which it cannot be used. */
export class UnexpectedContent extends Error {
  override readonly name = 'UnexpectedContent';
}

export function readExperiment(content: JsonContent): StoredExperiment {
  return {
    experimentId: requiredText(content, 'experiment_id'),
    name: text(content.name),
    lifecycleStage: stageOf(content),
    artifactLocation: text(content.artifact_location),
    madeAtMs: time(content.creation_time),
    tags: readPairs(content.tags),
  };
}

export function readRun(content: JsonContent): StoredRun {
  const info = object(content.info);
  const data = object(content.data);
  return {
    runId: requiredText(info, 'run_id'),
    experimentId: requiredText(info, 'experiment_id'),
    name: text(info.run_name),
    userId: text(info.user_id),
    status: text(info.status),
    startTimeMs: time(info.start_time),
    endTimeMs: time(info.end_time),
    artifactUri: text(info.artifact_uri),
    lifecycleStage: stageOf(info),
    latest: new Map(objects(data.metrics).map((metric) => [text(metric.key), readPoint(metric)])),
    params: readPairs(data.params),
    tags: readPairs(data.tags),
  };
}

export const readPoint = (content: JsonContent): StoredPoint => ({
  value: Number(content.value ?? 0),
  timestampMs: Number(content.timestamp ?? 0),
  step: Number(content.step ?? 0),
});

/** The points of several runs, by run. */
export function readPointsByRun(content: JsonContent): ReadonlyMap<string, readonly StoredPoint[]> {
  const byRun = new Map<string, StoredPoint[]>();
  for (const metric of objects(content.metrics)) {
    const runId = requiredText(metric, 'run_id');
    const points = byRun.get(runId) ?? [];
    points.push(readPoint(metric));
    byRun.set(runId, points);
  }
  return byRun;
}

export const readArtifact = (content: JsonContent): StoredArtifact => ({
  path: requiredText(content, 'path'),
  isFolder: content.is_dir === true,
  bytes: content.file_size === undefined ? undefined : Number(content.file_size),
});

/** MLflow leaves out a list that is empty, and the token of the last page. */
export const readPage = <T>(content: JsonContent, list: string, read: (item: JsonContent) => T): Page<T> => ({
  items: objects(content[list]).map(read),
  nextPageToken: text(content.next_page_token) || undefined,
});

export const object = (value: unknown): JsonContent =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonContent) : {};

const objects = (value: unknown): readonly JsonContent[] => (Array.isArray(value) ? value.map(object) : []);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const readPairs = (value: unknown): ReadonlyMap<string, string> =>
  new Map(objects(value).map((pair) => [text(pair.key), text(pair.value)]));

const stageOf = (content: JsonContent): LifecycleStage =>
  content.lifecycle_stage === 'deleted' ? 'deleted' : 'active';

const time = (value: unknown): number | undefined => Number(value ?? 0) || undefined;

export function requiredText(content: JsonContent, field: string): string {
  const value = content[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new UnexpectedContent(`the answer has no ${field}`);
}
