import type { Mirror } from './mirror.ts';
import { pageOf } from './mirror.ts';
import { identityTags, KEY_TAG, NOTE_TAG, noteOf } from './run-tags.ts';
import type { Subject } from './subject.ts';
import { unlessMissing } from './superseded.ts';

const OWN_TAG = /^thunderline\.|^constraint_method$/;

/**
 * Removes the mirror's tags from a run of training code that is not the run of the subject any more, so that a search by
 * trial finds one run. Each step may be repeated.
 */
export async function releaseRun(mirror: Mirror, subject: Subject, runId: string): Promise<void> {
  const { client, signal } = mirror;
  const run = await client.getRun(runId, signal);
  if (!run.ok) {
    unlessMissing(run);
    return;
  }
  const url = pageOf(mirror, subject);
  const written = new Map([...identityTags(subject, 'client', url), [NOTE_TAG, noteOf(subject, url)] as const]);
  const { tags } = run.value;
  const mine = [...tags].filter(([name, value]) => OWN_TAG.test(name) || written.get(name) === value);
  // First the tag by which a run is found.
  for (const [name] of mine.toSorted(([a], [b]) => Number(b === KEY_TAG) - Number(a === KEY_TAG))) {
    unlessMissing(await client.deleteTag(runId, name, signal));
  }
}
