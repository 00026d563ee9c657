import { signal } from '@preact/signals';
import type { DataFrame } from '../../src/live/frames.ts';
import type { SeriesList, ShownSeries, TrialListItem } from '../../src/queries/shapes.ts';
import { runApi } from '../api/paths.ts';
import { requestJson } from '../api/request.ts';
import type { Range } from '../charts/scales.ts';
import { type Point, SeriesBuilder } from '../charts/series.ts';
import { applyEvent, isAhead } from '../data/apply-event.ts';
import { metricNumber } from '../data/metric-number.ts';
import { addSeries } from './add-series.ts';
import { RecentPoints } from './recent-points.ts';

interface Total {
  readonly total: number;
  readonly shown: number;
  readonly nonfinite: number;
}

/** The part of a metric's series that a zoom shows. */
interface Part {
  readonly range: Range;
  readonly series: Map<string, SeriesBuilder>;
  readonly totals: Map<string, Total>;
}

interface ReceivedPoint extends Point {
  readonly trial: string;
  readonly name: string;
}

const MAX_RECENT = 100_000;
const MAX_LAST_VALUES = 200_000;
const LAST_EVERY_MS = 500;
const BUCKETS = 500;
/** Attempts before the latest one whose points are read. */
const EARLIER_ATTEMPTS = 3;
/** Trials in one request. */
const TRIALS_PER_REQUEST = 100;

/**
 * The rows and series of one run, filled by answers and by the feed. A point that arrives in both is one point. Series are
 * kept for the charts that asked for them.
 */
export class RunStore {
  readonly rows = new Map<string, TrialListItem>();
  /** Changes with the rows. */
  readonly rowsVersion = signal(0);
  /** Changes with the points, at most ten times a second. */
  readonly pointsVersion = signal(0);
  /** Changes when last values may have changed, at most twice a second: a table is slower to draw than a chart. */
  readonly lastVersion = signal(0);
  readonly metricNames = signal<readonly string[]>([]);
  /** Changes when series are to be read again. */
  readonly forgotten = signal(0);
  /** Series by metric, then by trial. */
  private readonly series = new Map<string, Map<string, SeriesBuilder>>();
  private readonly lastValues = new Map<string, Point>();
  private readonly recent = new RecentPoints(MAX_RECENT);
  private readonly totals = new Map<string, Total>();
  /** Series to be read again. */
  private readonly stale = new Set<string>();
  private readonly parts = new Map<string, Part>();
  private readonly run: string;
  private lastTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(run: string) {
    this.run = run;
  }

  /** Adds rows of an answer; one that the feed has moved on keeps its status and gets the values of the columns. */
  addRows(trials: readonly TrialListItem[]): void {
    for (const trial of trials) {
      const held = this.rows.get(trial.trial_id);
      this.rows.set(trial.trial_id, held !== undefined && isAhead(held, trial) ? withValues(held, trial) : trial);
    }
    this.rowsVersion.value += 1;
  }

  apply({ events = [], points = [] }: DataFrame): void {
    for (const event of events) {
      if (event.trial_id === null) continue;
      const row = applyEvent(this.rows.get(event.trial_id), event);
      if (row !== undefined) this.rows.set(event.trial_id, row);
    }
    if (events.length > 0) this.rowsVersion.value += 1;
    for (const { trial_id, points: arrived } of points) {
      for (const [step, time, , attempt, values] of arrived) {
        for (const [name, value] of Object.entries(values)) {
          this.receive({ trial: trial_id ?? '', name, step: Number(step), value: metricNumber(value), time, attempt });
        }
      }
    }
    if (points.length > 0) this.changed();
  }

  /** The last value of a metric, for rows of trials that have not reported it as final. */
  lastOf(trial: string, name: string): number | undefined {
    return this.lastValues.get(keyOf(name, trial))?.value ?? this.of(name, trial)?.last.at(-1);
  }

  private changed(): void {
    this.pointsVersion.value += 1;
    this.lastTimer ??= setTimeout(() => {
      this.lastTimer = undefined;
      this.lastVersion.value += 1;
    }, LAST_EVERY_MS);
  }

  private receive(point: ReceivedPoint): void {
    const key = keyOf(point.name, point.trial);
    const held = this.lastValues.get(key);
    if (this.lastValues.size > MAX_LAST_VALUES) this.lastValues.clear();
    if (held === undefined || held.step <= point.step || held.attempt < point.attempt) this.lastValues.set(key, point);
    this.recent.add(key, point);
    const ofMetric = this.series.get(point.name);
    if (ofMetric === undefined && !this.metricNames.value.includes(point.name)) {
      this.metricNames.value = [...this.metricNames.value, point.name].sort();
    }
    ofMetric?.get(point.trial)?.add(point);
    const part = this.parts.get(point.name);
    if (part === undefined || point.step < part.range.low || point.step > part.range.high) return;
    part.series.get(point.trial)?.add(point);
  }

  /** Reads the series of a metric for these trials, unless they are held. */
  async open(name: string, trials: readonly string[], signal: AbortSignal): Promise<void> {
    const held = this.series.get(name) ?? new Map<string, SeriesBuilder>();
    this.series.set(name, held);
    const missing = trials.filter((trial) => !held.has(trial) || this.stale.has(keyOf(name, trial)));
    await this.read(name, missing, signal, {}, (read) => {
      held.set(read.trial_id ?? '', this.builderOf(read));
      this.stale.delete(keyOf(name, read.trial_id ?? ''));
      this.totals.set(keyOf(name, read.trial_id ?? ''), read);
    });
    await this.readEarlierAttempts(name, missing, signal);
    this.changed();
  }

  /** Reads a part of the series in finer buckets, where those of the whole series are wider than a step. */
  async openPart(name: string, trials: readonly string[], range: Range, signal: AbortSignal): Promise<void> {
    const wide = trials.filter((trial) => (this.series.get(name)?.get(trial)?.width ?? 1) > 1);
    if (wide.length === 0) return;
    const part: Part = { range, series: new Map(), totals: new Map() };
    const bounds = { from: stepText(Math.floor(range.low)), to: stepText(Math.ceil(range.high)) };
    await this.read(name, wide, signal, bounds, (read) => {
      part.series.set(read.trial_id ?? '', this.builderOf(read, range));
      part.totals.set(read.trial_id ?? '', read);
    });
    this.parts.set(name, part);
    this.changed();
  }

  /** Has series read again, all of them without a name; a chart shows what it has until then. */
  forget(name?: string, trial?: string): void {
    for (const [each, of] of this.series) {
      if (name !== undefined && each !== name) continue;
      for (const key of of.keys()) if (trial === undefined || key === trial) this.stale.add(keyOf(each, key));
    }
    if (name === undefined) this.parts.clear();
    else this.parts.delete(name);
    this.forgotten.value += 1;
  }

  /** The series of a trial; of a range, the part that was read for it, if it was. */
  of(name: string, trial: string, range?: Range): SeriesBuilder | undefined {
    return this.partOf(name, range)?.series.get(trial) ?? this.series.get(name)?.get(trial);
  }

  /** Points stored, points drawn and points that are not finite of the series of a metric, when they were read. */
  said(name: string, trials: readonly string[], range?: Range): Total {
    const part = this.partOf(name, range);
    let [total, shown, nonfinite] = [0, 0, 0];
    for (const trial of trials) {
      const each = part?.totals.get(trial) ?? this.totals.get(keyOf(name, trial));
      total += each?.total ?? 0;
      shown += each?.shown ?? 0;
      nonfinite += each?.nonfinite ?? 0;
    }
    return { total, shown, nonfinite };
  }

  private partOf(name: string, range: Range | undefined): Part | undefined {
    const part = this.parts.get(name);
    return part?.range.low === range?.low && part?.range.high === range?.high ? part : undefined;
  }

  private async read(
    name: string,
    trials: readonly string[],
    signal: AbortSignal,
    more: Readonly<Record<string, string>>,
    hold: (series: ShownSeries) => void,
  ): Promise<void> {
    for (let at = 0; at < trials.length; at += TRIALS_PER_REQUEST) {
      const query = new URLSearchParams({ name, buckets: String(BUCKETS), ...more });
      for (const trial of trials.slice(at, at + TRIALS_PER_REQUEST)) query.append('trial', trial);
      const answer = await requestJson<SeriesList>(`${runApi(this.run)}/metrics?${query}`, { signal });
      for (const series of answer.series) hold(series);
    }
  }

  /** The steps of earlier attempts before the first one of the latest: the part of the line before its break. */
  private async readEarlierAttempts(name: string, trials: readonly string[], signal: AbortSignal): Promise<void> {
    for (const trial of trials) {
      const latest = this.rows.get(trial)?.attempt ?? 0;
      for (let attempt = latest - 1; attempt >= Math.max(1, latest - EARLIER_ATTEMPTS); attempt -= 1) {
        const builder = this.series.get(name)?.get(trial);
        if (builder === undefined) break;
        const first = builder.steps[0] ?? Number.MAX_SAFE_INTEGER;
        const to = Math.floor(first / builder.width) * builder.width - 1;
        if (to < 0) break;
        await this.read(name, [trial], signal, { attempt: String(attempt), to: String(to) }, (read) =>
          addSeries(builder, read, attempt),
        );
      }
    }
  }

  private builderOf(read: ShownSeries, range?: Range): SeriesBuilder {
    const trial = read.trial_id ?? '';
    const builder = new SeriesBuilder(Math.max(1, Number(read.bucket_steps)));
    addSeries(builder, read, this.rows.get(trial)?.attempt ?? 0);
    for (const point of this.recent.of(keyOf(read.name, trial))) {
      if (range === undefined || (point.step >= range.low && point.step <= range.high)) builder.add(point);
    }
    return builder;
  }
}

/** A row of the feed with what only an answer has: the feed may have named the trial for the first time when it ended. */
const withValues = (row: TrialListItem, answer: TrialListItem): TrialListItem => ({
  ...row,
  spectral_norm: row.spectral_norm || answer.spectral_norm,
  mlflow_run_id: row.mlflow_run_id ?? answer.mlflow_run_id,
  mlflow_url: answer.mlflow_url,
  started_at: row.started_at ?? answer.started_at,
  parameters: { ...row.parameters, ...answer.parameters },
  metrics: { ...answer.metrics, ...row.metrics },
});

/** The greatest number below 2^63: the server reads steps as 64-bit integers. */
const GREATEST_STEP = 2 ** 63 - 1_024;
const stepText = (step: number): string => String(BigInt(Math.max(0, Math.min(step, GREATEST_STEP))));

const keyOf = (name: string, trial: string): string => `${name}\u0000${trial}`;
