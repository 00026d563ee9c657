import type { Lag } from '../kafka/admin/lag.ts';
import type { ConsumerGroup, GroupSource } from '../kafka/client/group-source.ts';
import type { Metrics } from '../metrics.ts';
import { partitionKey } from '../record.ts';
import { EndHistory } from './end-history.ts';

interface Watched {
  readonly history: EndHistory;
  committed: string;
  movedAtMs: number;
  /** The time of the record at an offset that is older than the history. */
  read?: { readonly offset: number; readonly timeMs: number } | undefined;
}

/**
 * Reports members, lag and progress of every consumer group, from a process that is a member of none: a consumer's own
 * figures end with its process, and its lag matters most after that.
 *
 * @returns the task, which must be repeated every few seconds.
 */
export function observeGroups(
  source: GroupSource,
  metrics: Metrics,
  now: () => number = Date.now,
): () => Promise<void> {
  const watched = new Map<string, Watched>();

  async function report(group: ConsumerGroup, lag: Lag): Promise<void> {
    const nowMs = now();
    const key = `${group.stage} ${partitionKey(lag.topic, lag.partition)}`;
    const known = watched.get(key) ?? { history: new EndHistory(), committed: lag.committed, movedAtMs: nowMs };
    watched.set(key, known);
    known.history.add(Number(lag.end), nowMs);
    if (known.committed !== lag.committed || lag.lag === 0) known.movedAtMs = nowMs;
    known.committed = lag.committed;
    const series = { stage: group.stage, topic: lag.topic, partition: lag.partition };
    metrics.groupLag.set(series, lag.lag);
    metrics.groupProgress.set(series, known.movedAtMs / 1_000);
    const oldestMs = lag.lag === 0 ? nowMs : await timeOfNext(known, lag);
    if (oldestMs !== undefined) metrics.groupLagSeconds.set(series, Math.max(0, nowMs - oldestMs) / 1_000);
  }

  async function timeOfNext(known: Watched, { topic, partition, end, lag }: Lag): Promise<number | undefined> {
    const next = Number(end) - lag;
    const sampled = known.history.timeOf(next);
    if (sampled !== undefined) return sampled;
    if (known.read?.offset !== next) {
      const timeMs = await source.recordTime(topic, partition, next);
      known.read = timeMs === undefined ? undefined : { offset: next, timeMs };
    }
    return known.read?.timeMs;
  }

  return async () => {
    for (const { group, topic, members } of await source.members()) {
      metrics.groupMembers.set({ stage: group.stage, topic }, members);
      for (const lag of await source.lag(group)) await report(group, lag);
    }
  };
}
