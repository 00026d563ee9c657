import type { RunMetric, TrialStart } from '../../src/avro/records.ts';
import { layoutOf } from '../../src/feed-position.ts';
import { entryOf, type FeedEntry } from '../../src/live/feed-entry.ts';
import { FeedWindow, type WindowLimits } from '../../src/live/feed-window.ts';

/** Commands, events and points, each with one partition. */
export const LAYOUT = layoutOf(
  ['ml.commands', 'ml.events.high', 'ml.events.realtime'].map((topic) => ({ topic, id: 'id', partitions: 1 })),
);
export const EVENTS = 1;
export const POINTS = 2;

const LIMITS: WindowLimits = { ageMs: 60_000, maxBytes: 64 * 1_048_576 };

export const windowAt = (starts: readonly number[] = [0, 0, 0], limits: Partial<WindowLimits> = {}): FeedWindow =>
  new FeedWindow(LAYOUT, starts, { ...LIMITS, ...limits });

interface Given {
  readonly at?: number;
  readonly run?: string;
  readonly trial?: string;
  readonly values?: Readonly<Record<string, number>>;
  /** Characters that make an event long. */
  readonly source?: string;
}

const COMMON = { received_at: 0, attempt: 0, metadata: null };

/** A point at a step, which is its offset too. */
export function point(
  offset: number,
  { at = Date.now(), run = 'run', trial = 'trial', values = { loss: 1 } }: Given = {},
): FeedEntry {
  const record = {
    ...COMMON,
    event_id: `p${offset}`,
    timestamp: at,
    model_run_id: run,
    trial_id: trial,
    step: offset,
    measurements: values,
  };
  return entryOf(
    { name: 'RunMetric', record: record as unknown as RunMetric },
    { offset, at, bytes: 100 },
  ) as FeedEntry;
}

/** The start of a trial. */
export function event(
  offset: number,
  { at = Date.now(), run = 'run', trial = 'trial', source }: Given = {},
): FeedEntry {
  const record = {
    ...COMMON,
    event_id: `e${offset}`,
    timestamp: at,
    model_run_id: run,
    trial_id: trial,
    source: source ?? null,
  };
  return entryOf(
    { name: 'TrialStart', record: record as unknown as TrialStart },
    { offset, at, bytes: 100 },
  ) as FeedEntry;
}
