import { hash } from 'node:crypto';
import { router } from '../processors/router.ts';
import type { DecodedRecord } from '../runtime/stage.ts';
import { TOPIC_NAMES, type Topic } from '../topics.ts';

/** Which records are replayed, and into what. */
export interface Selection {
  /** Where they come from, in words that name it: `topics` or the address of an archive. */
  readonly source: string;
  readonly topics: readonly Topic[];
  readonly sinks: readonly string[];
  /** Records at or after it, epoch milliseconds. */
  readonly since: number | undefined;
  /** Records before it, epoch milliseconds. */
  readonly until: number | undefined;
  /** Records about this run. */
  readonly run: string | undefined;
}

/** A name that the same selection always has, under which an interrupted replay is found again. */
export const nameOf = (selection: Selection): string => hash('sha256', JSON.stringify(selection)).slice(0, 12);

/** The topic of ours a name on a broker stands for, whatever prefix it has; an archive may come from elsewhere. */
export const topicOf = (name: string): Topic | undefined =>
  TOPIC_NAMES.filter((topic) => name.endsWith(topic)).sort((a, b) => b.length - a.length)[0];

/**
 * What the live pipeline would have made of a record, and in which topic a sink would have met it; undefined where the
 * selection leaves it out. Events of the log are enriched, as the router does.
 */
export function select(
  record: DecodedRecord,
  { since, until, run }: Pick<Selection, 'since' | 'until' | 'run'>,
): { readonly topic: Topic; readonly record: DecodedRecord } | undefined {
  const { source, content } = record;
  if (since !== undefined && source.timestamp < since) return undefined;
  if (until !== undefined && source.timestamp >= until) return undefined;
  if (run !== undefined && (content.record as { model_run_id?: string }).model_run_id !== run) return undefined;
  const topic = topicOf(source.topic);
  if (topic === undefined) return undefined;
  if (topic !== 'ml.events') return { topic, record };
  const outcome = router.transform(content);
  return outcome.kind === 'emit' ? { topic: outcome.topic, record: { source, content: outcome.content } } : undefined;
}
