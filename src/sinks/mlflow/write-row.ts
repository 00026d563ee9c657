import type { Group } from '../../events/merge.ts';
import { LinkChanged } from '../../store/tables/mlflow-link-states.ts';
import { findLinks, type MlflowLink } from '../../store/tables/mlflow-links.ts';
import { saveVersions } from '../../store/tables/mlflow-progress.ts';
import { contentOf } from './content-of.ts';
import { finalMetricsOf } from './final-metrics.ts';
import { type MergedRow, valueIn, withGroups } from './merged-row.ts';
import { type Mirror, pageOf } from './mirror.ts';
import { newsOf } from './news.ts';
import { restatedValues, withoutRestated } from './restated.ts';
import type { Linked } from './run-links.ts';
import { PARAM_GROUPS, paramsOf } from './run-params.ts';
import { outcomeOf } from './run-status.ts';
import { encodeTags, identityTags, NOTE_TAG, noteOf, rowTags, UNKNOWN_RUN_TAG } from './run-tags.ts';
import { type RunWriter, runWriter } from './run-writer.ts';
import { describeSubject, type Subject } from './subject.ts';
import { underLock } from './under-lock.ts';
import { writeLoosePoints } from './write-loose-points.ts';

type Versions = MlflowLink['versions'];

/**
 * Writes the row of a subject to its run: final metrics, params, tags, and the status last. Each is written again after a
 * crash in between.
 *
 * @param again whether to write those groups too that the run should have, because it was seen to lack some of them.
 */
export async function writeRow(
  mirror: Mirror,
  subject: Subject,
  given: MergedRow,
  link: Linked,
  { again }: { readonly again: boolean } = { again: false },
): Promise<void> {
  if (!again && newsOf(withGroups(given, link.deferred), link).isEmpty) return;
  await underLock(mirror, subject, async () => {
    const current = (await findLinks(mirror.pool, [subject.key], mirror.callTimeoutMs)).get(subject.key);
    // The next attempt writes to the run that the subject has now.
    if (current === undefined || current.run_id !== link.run_id) {
      throw new LinkChanged(`the run of ${describeSubject(subject)} was replaced by another process`);
    }
    const row = withGroups(given, current.deferred);
    const { versions, deferred, isEmpty } = newsOf(row, again ? withoutEqual(row, current) : current);
    if (isEmpty) return;
    const write = runWriter(mirror, subject, link.run_id);
    const values = restatedValues(row, versions);
    const news = again ? versions : withoutRestated(versions, values, current.versions);
    await write.tags(encodeTags(await writeNews(mirror, write, subject, row, link, news, current.versions)));
    // Last, so that a run that looks finished is complete.
    if (versions.outcome !== undefined && link.origin === 'mirror') await write.outcome(outcomeOf(row));
    await saveVersions(mirror.pool, link, { ...versions, ...values }, deferred);
  });
}

/** Writes everything but the tags and the status, and returns the tags. */
async function writeNews(
  mirror: Mirror,
  write: RunWriter,
  subject: Subject,
  row: MergedRow,
  link: Linked,
  news: Versions,
  had: Versions,
): Promise<ReadonlyMap<string, string>> {
  const { run_id, run_started_at } = link;
  const tags = new Map(rowTags(row, new Set(Object.keys(news)), new Set(Object.keys(had))));
  if (news.identity !== undefined) {
    for (const [name, value] of await firstTags(mirror, subject, link)) tags.set(name, value);
  }
  if (news.metrics !== undefined) await writeLoosePoints(write, finalMetricsOf(row));
  for (const group of PARAM_GROUPS) {
    if (news[group] !== undefined) await write.params(group, paramsOf(row, group), had[group] !== undefined);
  }
  const claimed = valueIn<string>(row, 'mlflow');
  if (news.mlflow !== undefined && claimed !== undefined && claimed !== run_id) tags.set(UNKNOWN_RUN_TAG, claimed);
  const startedAt = news.started_at;
  // The tag corrects the start of the run, which cannot be changed, or an earlier tag.
  if (startedAt !== undefined && (had.started_at !== undefined || startedAt !== String(run_started_at?.getTime()))) {
    tags.set('thunderline.started_at', new Date(Number(startedAt)).toISOString());
  }
  return tags;
}

/** The first tags of a run that the mirror did not create in this place: one of a client, or one that was found. */
async function firstTags({ client, signal, ...mirror }: Mirror, subject: Subject, { run_id, origin }: Linked) {
  const url = pageOf(mirror, subject);
  const { tags } = contentOf(await client.getRun(run_id, signal));
  const first = new Map(identityTags(subject, origin, url, tags));
  // A description that a person wrote stays.
  if (!tags.has(NOTE_TAG)) first.set(NOTE_TAG, noteOf(subject, url));
  return first;
}

/** The link without the versions that the row has as well. A group in which the run is ahead of the row stays as it is. */
function withoutEqual({ stated }: MergedRow, link: MlflowLink): MlflowLink {
  const isAhead = ([part, version]: [string, string]): boolean => {
    const held = stated[part as Group]?.version;
    return part !== 'identity' && part !== 'started_at' && (held === undefined || version > held);
  };
  return { ...link, versions: Object.fromEntries(Object.entries(link.versions).filter(isAhead)) };
}
