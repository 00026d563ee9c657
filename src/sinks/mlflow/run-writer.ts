import type { Metric, Param, Tag } from '../../mlflow/entities.ts';
import { BATCH_LIMITS, nameTag, paramOf, tagOf } from '../../mlflow/entities.ts';
import type { RunUpdate } from '../../mlflow/run-calls.ts';
import { contentOf } from './content-of.ts';
import type { Mirror } from './mirror.ts';
import { type ParamGroup, paramTag } from './run-params.ts';
import { KEY_TAG } from './run-tags.ts';
import { type RefusedItem, RunRefused, sendBisected } from './send-bisected.ts';
import type { Subject } from './subject.ts';

/** Writes to one MLflow run. Each call may be repeated, and throws {@link RunRefused} if the run cannot be written to. */
export interface RunWriter {
  /** Entries with at most 1,000 metrics together. Returns those that MLflow refuses. */
  metrics<T>(
    entries: readonly T[],
    metricsOf: (entries: readonly T[]) => readonly Metric[],
  ): Promise<readonly RefusedItem<T>[]>;
  /**
   * Any number. A param that the run has with another value keeps that one; the value becomes a tag.
   *
   * @param again whether the run has an earlier version of the group, and perhaps such tags.
   */
  params(group: ParamGroup, params: ReadonlyMap<string, string>, again: boolean): Promise<void>;
  /** Any number. */
  tags(tags: readonly Tag[]): Promise<void>;
  outcome(update: RunUpdate): Promise<void>;
}

export function runWriter(mirror: Mirror, subject: Subject, runId: string): RunWriter {
  const { client, signal, log, metrics: counters } = mirror;
  const probe = () => client.setTag(runId, tagOf(KEY_TAG, subject.key), signal);

  async function acknowledged<T>(writing: Promise<T>): Promise<T> {
    const result = await writing;
    mirror.progressed();
    return result;
  }

  /** The items of a list that MLflow refuses are left out: they belong to no single record. */
  async function each<T extends Param | Tag>(
    kind: 'params' | 'tags',
    items: readonly T[],
    send: (items: readonly T[]) => ReturnType<typeof client.logTags>,
  ): Promise<void> {
    for (let from = 0; from < items.length; from += BATCH_LIMITS[kind]) {
      const chunk = items.slice(from, from + BATCH_LIMITS[kind]);
      for (const { item, message } of await acknowledged(sendBisected(chunk, { send, probe }))) {
        counters.mlflowRefused.inc({ kind });
        log.warn({ ...subject, runId, key: item.key, cause: message }, `MLflow refuses one of the ${kind} of a run`);
      }
    }
  }

  const logTags = (tags: readonly Tag[]): Promise<void> =>
    each('tags', tags, (items) => client.logTags(runId, items, signal));
  const logParams = (params: readonly Param[]): Promise<void> =>
    each('params', params, (items) => client.logParams(runId, items, signal));

  /** Sends the params that the run lacks; those that it has with another value become tags. */
  async function logChanged(group: ParamGroup, params: ReadonlyMap<string, string>): Promise<void> {
    const run = contentOf(await client.getRun(runId, signal));
    const missing: Param[] = [];
    const changed: Tag[] = [];
    for (const [name, value] of params) {
      const param = paramOf(name, value);
      const held = run.params.get(param.key);
      const tag = tagOf(paramTag(group, name), value);
      if (held === undefined) missing.push(param);
      else if (held !== param.value || run.tags.has(tag.key)) changed.push(tag);
    }
    await logParams(missing);
    await logTags(changed);
  }

  async function logFirst(group: ParamGroup, params: ReadonlyMap<string, string>): Promise<void> {
    const entries = [...params].map(([name, value]) => paramOf(name, value));
    try {
      // MLflow refuses a call in which a key occurs twice.
      await logParams([...new Map(entries.map((param) => [param.key, param])).values()]);
    } catch (error) {
      if (!(error instanceof RunRefused) || error.kind !== 'changed_param') throw error;
      await logChanged(group, params);
    }
  }

  return {
    metrics(entries, metricsOf) {
      const send = async (items: typeof entries) => {
        const metrics = metricsOf(items);
        const result = await client.logMetrics(runId, metrics, signal);
        if (result.ok) counters.mlflowPoints.inc(metrics.length);
        return result;
      };
      return acknowledged(sendBisected(entries, { send, probe }));
    },
    tags: logTags,
    outcome: (update) => acknowledged(client.updateRun(runId, update, signal).then(contentOf)),

    async params(group, params, again) {
      if (again) await logChanged(group, params);
      else await logFirst(group, params);
      await logTags([...params.keys()].flatMap((name) => nameTag(name) ?? []));
    },
  };
}
