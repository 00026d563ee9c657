import type { SeriesList, ShownSeries } from '../../src/queries/shapes.ts';
import { runApi } from '../api/paths.ts';
import type { RequestJson } from '../api/request.ts';
import type { SeriesBuilder } from '../charts/series.ts';

const BUCKETS = 500;
/** Trials in one request. */
const TRIALS_PER_REQUEST = 100;

export interface SeriesRead {
  readonly run: string;
  readonly name: string;
  readonly trials: readonly string[];
  readonly signal: AbortSignal;
  readonly bounds?: Readonly<Record<string, string>>;
  readonly hold: (series: ShownSeries) => void;
}

/** Reads the series of a metric, and hands each over as its answer arrives. */
export async function readSeries(request: RequestJson, read: SeriesRead): Promise<void> {
  const { run, name, trials, signal, bounds = {}, hold } = read;
  for (let at = 0; at < trials.length; at += TRIALS_PER_REQUEST) {
    const query = new URLSearchParams({ name, buckets: String(BUCKETS), ...bounds });
    for (const trial of trials.slice(at, at + TRIALS_PER_REQUEST)) query.append('trial', trial);
    const { series } = await request<SeriesList>(`${runApi(run)}/metrics?${query}`, { signal });
    for (const each of series) hold(each);
  }
}

/** Trials of which the same part of the same attempt is to be read. */
export interface EarlierPart {
  readonly attempt: number;
  /** The last step. */
  readonly to: string;
  readonly trials: string[];
}

/**
 * The parts of an attempt before the latest one that the series lack: its steps before the first one that they have. Trials that
 * continue from the same step are read together.
 *
 * @param back how many attempts before the latest one.
 */
export function earlierParts(
  series: Iterable<readonly [trial: string, builder: SeriesBuilder, latest: number]>,
  back: number,
): EarlierPart[] {
  const parts = new Map<string, EarlierPart>();
  for (const [trial, { steps, width }, latest] of series) {
    const attempt = latest - back;
    const to = Math.floor((steps[0] ?? Number.MAX_SAFE_INTEGER) / width) * width - 1;
    if (attempt < 1 || to < 0) continue;
    const key = `${attempt} ${to}`;
    const part = parts.get(key);
    if (part === undefined) parts.set(key, { attempt, to: stepText(to), trials: [trial] });
    else part.trials.push(trial);
  }
  return [...parts.values()];
}

/** The greatest number below 2^63: the server reads steps as 64-bit integers. */
const GREATEST_STEP = 2 ** 63 - 1_024;

/** A step as text for a request. */
export const stepText = (step: number): string => String(BigInt(Math.max(0, Math.min(step, GREATEST_STEP))));
