import type { RunDetail, SeriesList, TrialListItem } from '../../src/queries/shapes.ts';
import { isAddressable, runApi } from '../api/paths.ts';
import { type RequestJson, requestJson } from '../api/request.ts';
import { pairKey } from '../data/pair-key.ts';
import { preferredMetric, type RecentValues } from '../data/recent-values.ts';

/** Runs whose values are read; the trials of others get theirs from the feed. */
const MOST_RUNS = 6;
const BUCKETS = 60;

/** Reads the latest values of the trials that the monitor shows, so that a page that was just opened is not without curves. */
export async function readRecent(
  trials: readonly TrialListItem[],
  recent: RecentValues,
  signal: AbortSignal,
  request: RequestJson = requestJson,
): Promise<void> {
  const runs = [...new Set(trials.map(({ model_run_id }) => model_run_id))].filter(isAddressable).slice(0, MOST_RUNS);
  const ofRun = (run: string) => trials.filter(({ model_run_id }) => model_run_id === run);
  await Promise.all(runs.map((run) => readRun(run, ofRun(run), recent, signal, request)));
}

async function readRun(
  run: string,
  trials: readonly TrialListItem[],
  recent: RecentValues,
  signal: AbortSignal,
  request: RequestJson,
): Promise<void> {
  const detail = await request<RunDetail>(runApi(run), { signal });
  const name = preferredMetric(detail.run.metric_names);
  if (name === undefined) return;
  const query = new URLSearchParams({ name, buckets: String(BUCKETS) });
  for (const { trial_id } of trials) query.append('trial', trial_id);
  const { series } = await request<SeriesList>(`${runApi(run)}/metrics?${query}`, { signal });
  // An answer has the points of the latest attempt, which is at least that of the row.
  const attempts = new Map(trials.map(({ trial_id, attempt }) => [trial_id, attempt]));
  for (const { trial_id, step, last, time_ms, nonfinite_at } of series) {
    const points = step.map((each, at) => ({ step: each, value: last[at] ?? 0, time: time_ms[at] ?? 0 }));
    const gone = nonfinite_at.map(({ step: each, value }) => ({ step: each, value, time: 0 }));
    const ordered = [...points, ...gone].sort((a, b) => Number(a.step) - Number(b.step));
    const attempt = attempts.get(trial_id ?? '') ?? 0;
    recent.add(
      pairKey(run, trial_id),
      ordered.map(({ step: at, value, time }) => [at, time, '', attempt, { [name]: value }]),
    );
  }
}
