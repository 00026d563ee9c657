import { routerStage } from '../processors/router-stage.ts';
import type { DecodedRecord, Rejected } from '../runtime/stage.ts';
import { TOPIC_NAMES, type Topic } from '../topics.ts';

/** A record and the topic from which a sink of the live pipeline reads it. */
export interface Delivered {
  readonly topic: Topic;
  readonly record: DecodedRecord;
}

/** The topic in a name on a broker, with any prefix: an archive may be that of another system. */
export const topicOf = (name: string): Topic | undefined =>
  TOPIC_NAMES.filter((topic) => name.endsWith(topic)).sort((a, b) => b.length - a.length)[0];

/**
 * The record as the live pipeline delivers it to the sinks: an event of `ml.events` passes through the router first, which
 * may reject it. Undefined for a record that no sink reads.
 */
export function asDelivered(record: DecodedRecord): Delivered | Rejected | undefined {
  const { source, content } = record;
  const topic = topicOf(source.topic);
  if (topic === undefined) return undefined;
  if (topic !== 'ml.events') return { topic, record };
  const outcome = routerStage.transform(content);
  if (outcome.kind === 'drop') return undefined;
  if (outcome.kind === 'reject') return { record: source, code: outcome.code, message: outcome.message };
  return { topic: outcome.topic, record: { source, content: outcome.content } };
}

/** Whether a record is about a run. */
export const isAboutRun = ({ content }: DecodedRecord, run: string): boolean =>
  (content.record as { readonly model_run_id?: string }).model_run_id === run;
