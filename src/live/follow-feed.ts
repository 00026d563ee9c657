import { setTimeout as sleep } from 'node:timers/promises';
import type { Codec } from '../avro/codec.ts';
import type { FeedLayout } from '../feed-position.ts';
import { isBug } from '../is-bug.ts';
import type { FeedSource, OffsetRange } from '../kafka/client/feed-source.ts';
import type { ReadPosition } from '../kafka/client/read-partitions.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { OutageLog } from '../outage-log.ts';
import type { FetchedRecord } from '../record.ts';
import { backoffMs } from '../runtime/backoff.ts';
import { entryOf, type FeedEntry } from './feed-entry.ts';
import { FeedWindow, type WindowLimits } from './feed-window.ts';
import type { ResetReason } from './frames.ts';

export interface FollowParts {
  readonly source: FeedSource;
  readonly codec: Pick<Codec, 'decode'>;
  readonly limits: WindowLimits;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Called with a window that replaces the previous one. */
  readonly onReplaced: (window: FeedWindow, reason: ResetReason) => void;
  /** Called with an error that no retry can resolve. */
  readonly fail: (error: Error) => void;
}

/** A window that is kept up to date. */
export interface FollowedFeed {
  /** The window as it is now, which at first has the records of the last minute. */
  window(): FeedWindow;
  /** The problem for which the window is not up to date. */
  problem(): string | undefined;
  stop(): Promise<void>;
}

const BACKOFF = { firstMs: 250, greatestMs: 5_000 };
const LAYOUT_CHECK_MS = 15_000;
/** The time without an answer of Kafka after which the feed counts as interrupted. */
const LATE_MS = 10_000;
const OUTAGE = 'live feed';

/**
 * Reads the topics of the feed into a window, as a member of no consumer group. Resolves once the window has what the topics
 * have of its last minute, so that the first client can already resume a position that another process gave out.
 */
export async function followFeed(parts: FollowParts): Promise<FollowedFeed> {
  const { source, log, limits } = parts;
  const stopping = new AbortController();
  const outages = new OutageLog(log);
  let progressedAt = performance.now();
  let lastProblem: string | undefined;

  let feed = await open(source, limits);
  const warm = Promise.withResolvers<void>();

  async function readOnce(): Promise<void> {
    const { window, positions, ends } = feed;
    const signal = AbortSignal.any([stopping.signal, feed.changed.signal]);
    const isWarm = () => positions.every(({ next }, index) => next >= (ends[index]?.end ?? 0));
    const index = new Map(positions.map((position, at) => [position, at]));
    if (isWarm()) warm.resolve();
    await source.read(
      positions,
      {
        async onRecords(position, records) {
          const entries = await entriesOf(records, parts);
          const last = records.at(-1) as FetchedRecord;
          window.add(index.get(position as ReadPosition) as number, entries, Number(last.offset) + 1);
          window.drop(Date.now());
        },
        onUnreadable({ topic, partition }, reason) {
          outages.failed(`${topic}/${partition}`, { topic, partition, reason }, 'the live feed passes over a batch');
        },
        onProgress() {
          progressedAt = performance.now();
          lastProblem = undefined;
          outages.recovered(OUTAGE, {}, 'the live feed reads Kafka again');
          if (isWarm()) warm.resolve();
        },
      },
      signal,
    );
  }

  /** Continues after an interruption: where the window ends, or with another window if the topics have changed. */
  async function reopen(): Promise<void> {
    const layout = await source.layout();
    const ranges = await source.ranges(layout);
    const reason = reasonToReplace(feed.window, layout, ranges);
    if (reason === undefined) {
      feed = { ...feed, changed: new AbortController() };
      return;
    }
    log.warn({ reason }, 'the live feed starts again, and every client with it');
    feed = await open(source, limits);
    parts.onReplaced(feed.window, reason);
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      const before = progressedAt;
      try {
        await readOnce();
        if (!stopping.signal.aborted) await reopen();
        failures = 0;
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (isBug(error)) return parts.fail(error as Error);
        failures = progressedAt === before ? failures + 1 : 1;
        const cause = (error as Error).message;
        lastProblem = cause;
        outages.failed(OUTAGE, { cause, failures }, 'the live feed cannot read Kafka');
        await sleep(backoffMs(BACKOFF, failures, Math.random()), undefined, { signal: stopping.signal }).catch(
          () => {},
        );
        await reopen().catch((failed: unknown) => {
          lastProblem = (failed as Error).message;
        });
      }
    }
  }

  /** Notices that a topic was created again or got partitions, which no fetch reports. */
  const checks = setInterval(() => {
    source.layout().then(
      ({ fingerprint }) => {
        if (fingerprint !== feed.window.layout.fingerprint) feed.changed.abort();
      },
      (error: unknown) => log.debug({ cause: error }, 'cannot check the topics of the live feed'),
    );
  }, LAYOUT_CHECK_MS);

  const running = run();
  await Promise.race([warm.promise, running]);
  return {
    window: () => feed.window,
    problem() {
      const quietMs = performance.now() - progressedAt;
      if (quietMs < LATE_MS) return undefined;
      return `has read nothing for ${Math.round(quietMs / 1_000)} s: ${lastProblem ?? 'Kafka does not answer'}`;
    },
    async stop() {
      clearInterval(checks);
      stopping.abort();
      await running;
    },
  };
}

interface OpenFeed {
  readonly window: FeedWindow;
  readonly positions: readonly ReadPosition[];
  /** The ranges of the partitions when they were opened. */
  readonly ends: readonly OffsetRange[];
  /** Aborted when the layout is another one. */
  readonly changed: AbortController;
}

async function open(source: FeedSource, limits: WindowLimits): Promise<OpenFeed> {
  const layout = await source.layout();
  const ends = await source.ranges(layout, Date.now() - limits.ageMs);
  const window = new FeedWindow(
    layout,
    ends.map(({ start }) => start),
    limits,
  );
  const positions = layout.partitions.map((place, index) => ({ ...place, next: ends[index]?.start ?? 0 }));
  return { window, positions, ends, changed: new AbortController() };
}

/** The reason why the window cannot be continued, if there is one. */
function reasonToReplace(
  window: FeedWindow,
  layout: FeedLayout,
  ranges: readonly OffsetRange[],
): ResetReason | undefined {
  if (layout.fingerprint !== window.layout.fingerprint) return 'topics_changed';
  const isLost = window.ends().some((next, index) => {
    const { start, end } = ranges[index] ?? { start: 0, end: 0 };
    return next < start || next > end;
  });
  return isLost ? 'records_lost' : undefined;
}

async function entriesOf(
  records: readonly FetchedRecord[],
  { codec, metrics }: Pick<FollowParts, 'codec' | 'metrics'>,
): Promise<FeedEntry[]> {
  const entries: FeedEntry[] = [];
  for (const { offset, timestamp, value } of records) {
    const decoding = codec.decode(value);
    const content = decoding instanceof Promise ? await decoding : decoding;
    const entry = content.ok
      ? entryOf(content, { offset: Number(offset), at: Math.min(timestamp, Date.now()), bytes: value?.length ?? 0 })
      : undefined;
    if (entry !== undefined) entries.push(entry);
  }
  metrics.liveRecords.inc({ result: 'held' }, entries.length);
  metrics.liveRecords.inc({ result: 'undecodable' }, records.length - entries.length);
  return entries;
}
