import type { ParameterValue, TrialList, TrialListItem } from '../../src/queries/shapes.ts';
import { requestJson } from '../api/request.ts';
import { metricNumber } from '../data/metric-number.ts';

/** Trials that are drawn one by one. */
export interface Sample {
  readonly trials: readonly TrialListItem[];
  /** All that match. */
  readonly total: number;
}

const PAGE = 1_000;
export const MOST_SAMPLED = 5_000;

/** The newest trials that match, with the values of `columns`; at most {@link MOST_SAMPLED}. */
export async function readSample(
  filter: URLSearchParams,
  columns: readonly string[],
  signal: AbortSignal,
): Promise<Sample> {
  const query = new URLSearchParams(filter);
  query.set('limit', String(PAGE));
  for (const column of columns) query.append('column', column);
  const trials: TrialListItem[] = [];
  let total = 0;
  for (let cursor: string | null = ''; cursor !== null && trials.length < MOST_SAMPLED; ) {
    if (cursor !== '') query.set('cursor', cursor);
    const page: TrialList = await requestJson<TrialList>(`/api/trials?${query}`, { signal });
    trials.push(...page.trials);
    total = page.total ?? total;
    cursor = page.next_cursor;
  }
  return { trials, total: Math.max(total, trials.length) };
}

/** A value of a trial: of a parameter, or a final metric as a number; undefined if the trial has none. */
export function trialValue(trial: TrialListItem, key: string): ParameterValue | undefined {
  const name = key.slice(key.indexOf('.') + 1);
  if (key.startsWith('param.')) return trial.parameters[name];
  const value = trial.metrics[name];
  return value === undefined ? undefined : metricNumber(value);
}

/** The values by which a trial is in its group. */
export const groupOf = (trial: TrialListItem, groupBy: readonly string[]): readonly ParameterValue[] =>
  groupBy.map((key) => (key === 'spectral_norm' ? trial.spectral_norm : (trialValue(trial, key) ?? null)));
