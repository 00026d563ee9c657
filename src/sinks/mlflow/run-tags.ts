import type { Group } from '../../events/merge.ts';
import { type Tag, tagOf } from '../../mlflow/entities.ts';
import { type MergedRow, valueIn } from './merged-row.ts';
import { statusOf } from './run-status.ts';
import { describeSubject, type Subject } from './subject.ts';

/** Tag by which the run of a subject is found in MLflow. */
export const KEY_TAG = 'thunderline.key';
/** Tag that states the writer of the run: `mirror`, or `client` for a run that the training code logs to itself. */
export const ORIGIN_TAG = 'thunderline.origin';
/** Tag of a run of the mirror that another run replaced, with the id of that run. */
export const SUPERSEDED_TAG = 'thunderline.superseded_by';
/** Tag of an MLflow id that a trial names and MLflow does not have. */
export const UNKNOWN_RUN_TAG = 'thunderline.unknown_mlflow_run_id';
/** MLflow's own tag for the description of a run, in Markdown. */
export const NOTE_TAG = 'mlflow.note.content';

const ID_TAGS = ['trial_id', 'model_run_id'] as const;

/**
 * Tags that never change. The training code of a client may use the names of the ids for ids of its own, which an imported run
 * has had for years, so those that its run has stay.
 *
 * @param held the tags of a run that exists.
 */
export function identityTags(
  { model_run_id, trial_id, key }: Subject,
  origin: 'mirror' | 'client',
  url: string,
  held: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const tags = new Map([
    [KEY_TAG, key],
    [ORIGIN_TAG, origin],
    ['model_run_id', model_run_id],
    ['thunderline.url', url],
  ]);
  if (trial_id !== null) tags.set('trial_id', trial_id);
  if (origin === 'client') for (const name of ID_TAGS) if (held.has(name)) tags.delete(name);
  return tags;
}

/** Tags that only a run of the mirror gets: who created it, and the description with the link to Thunderline. */
export const ownTags = (subject: Subject, url: string): ReadonlyMap<string, string> =>
  new Map([
    ['mlflow.user', 'thunderline'],
    ['mlflow.source.name', 'thunderline'],
    [NOTE_TAG, noteOf(subject, url)],
  ]);

/** The description is Markdown, in which characters of an id may have a meaning. */
export const noteOf = (subject: Subject, url: string): string =>
  `Mirrored by Thunderline from [${describeSubject(subject).replaceAll(/[\\`*_{}[\]()#+\-.!<>|~]/g, '\\$&')}](${url}).`;

/** The groups of columns that tags are made from. */
export const TAG_GROUPS = [
  'outcome',
  'duration',
  'artifact',
  'rank',
  'spectral_norm',
] as const satisfies readonly Group[];

/**
 * Tags made from some groups of the row of a subject. A value that was taken back, such as the error of an earlier attempt, is
 * an empty text, because the tag may exist; for a run that never had one it is left out.
 *
 * @param groups those to make tags from; the row may have others that are older than the run.
 * @param had the groups whose tags the run has, of an earlier version.
 */
export function rowTags(
  row: MergedRow,
  groups: ReadonlySet<string>,
  had: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  const set = (name: string, group: Group, value: unknown): void => {
    if (!groups.has(group)) return;
    if (value !== null && value !== undefined) tags.set(name, String(value));
    else if (had.has(group)) tags.set(name, '');
  };
  const [, , errorType, errorMessage] = row.stated.outcome?.values ?? [];
  set('constraint_method', 'spectral_norm', valueIn(row, 'spectral_norm') === true ? 'spectral_norm' : 'none');
  set('thunderline.status', 'outcome', statusOf(row));
  set('thunderline.error_type', 'outcome', errorType);
  set('thunderline.error_message', 'outcome', errorMessage);
  set('thunderline.duration_ms', 'duration', valueIn(row, 'duration'));
  set('thunderline.rank', 'rank', valueIn(row, 'rank'));
  set('artifact_uri', 'artifact', valueIn(row, 'artifact'));
  return tags;
}

/** The tags as MLflow stores them; of two with one key the last one. */
export const encodeTags = (tags: Iterable<readonly [name: string, value: string]>): readonly Tag[] => [
  ...new Map([...tags].map(([name, value]) => tagOf(name, value)).map((tag) => [tag.key, tag])).values(),
];
