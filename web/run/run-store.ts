import { signal } from '@preact/signals';
import type { DataFrame } from '../../src/live/frames.ts';
import type { ShownSeries, TrialListItem } from '../../src/queries/shapes.ts';
import { type RequestJson, requestJson } from '../api/request.ts';
import type { Range } from '../charts/scales.ts';
import { type Point, SeriesBuilder } from '../charts/series.ts';
import { applyEvent } from '../data/apply-event.ts';
import { metricNumber } from '../data/metric-number.ts';
import { pairKey } from '../data/pair-key.ts';
import { addSeries } from './add-series.ts';
import { joinRow } from './join-row.ts';
import { LastValues } from './last-values.ts';
import { earlierParts, readSeries, stepText } from './read-series.ts';
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
/** Attempts before the latest one whose points are read. */
const EARLIER_ATTEMPTS = 3;

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
  private readonly lastValues = new LastValues(MAX_LAST_VALUES);
  private readonly recent = new RecentPoints(MAX_RECENT);
  private readonly totals = new Map<string, Total>();
  /** Series to be read again. */
  private readonly stale = new Set<string>();
  /** Series that are being read, or whose last reading did not finish, with the signal of that reading. */
  private readonly unfinished = new Map<string, AbortSignal>();
  private readonly parts = new Map<string, Part>();
  private readonly run: string;
  private readonly request: RequestJson;
  private named: { readonly of: readonly string[]; readonly names: ReadonlySet<string> } | undefined;
  private lastTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(run: string, request: RequestJson = requestJson) {
    this.run = run;
    this.request = request;
  }

  /** Adds rows of an answer; one that the feed has moved on keeps its status and gets the values of the columns. */
  addRows(trials: readonly TrialListItem[]): void {
    for (const trial of trials) {
      this.rows.set(trial.trial_id, joinRow(this.rows.get(trial.trial_id), trial));
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
    return this.lastValues.of(pairKey(name, trial)) ?? this.of(name, trial)?.last.at(-1);
  }

  private changed(): void {
    this.pointsVersion.value += 1;
    this.lastTimer ??= setTimeout(() => {
      this.lastTimer = undefined;
      this.lastVersion.value += 1;
    }, LAST_EVERY_MS);
  }

  private receive(point: ReceivedPoint): void {
    const key = pairKey(point.name, point.trial);
    this.lastValues.add(key, point);
    this.recent.add(key, point);
    const ofMetric = this.series.get(point.name);
    if (ofMetric === undefined && !this.isNamed(point.name)) {
      this.metricNames.value = [...this.metricNames.value, point.name].sort();
    }
    ofMetric?.get(point.trial)?.add(point);
    const part = this.parts.get(point.name);
    if (part === undefined || point.step < part.range.low || point.step > part.range.high) return;
    part.series.get(point.trial)?.add(point);
  }

  /** Each point asks this: a scan of the names would cost a run of 1,500 metrics most of its time. */
  private isNamed(name: string): boolean {
    const names = this.metricNames.value;
    if (this.named?.of !== names) this.named = { of: names, names: new Set(names) };
    return this.named.names.has(name);
  }

  /** Reads the series of a metric for these trials, unless they are held. One that fails or is cancelled is read again. */
  async open(name: string, trials: readonly string[], signal: AbortSignal): Promise<void> {
    const held = this.series.get(name) ?? new Map<string, SeriesBuilder>();
    this.series.set(name, held);
    const isMissing = (trial: string, key: string): boolean =>
      !held.has(trial) || this.stale.has(key) || this.unfinished.has(key);
    const missing = trials.filter((trial) => isMissing(trial, pairKey(name, trial)));
    for (const trial of missing) {
      this.stale.delete(pairKey(name, trial));
      this.unfinished.set(pairKey(name, trial), signal);
    }
    const { run } = this;
    await readSeries(this.request, {
      ...{ run, name, trials: missing, signal },
      hold: (read) => {
        held.set(read.trial_id ?? '', this.builderOf(read));
        this.totals.set(pairKey(name, read.trial_id ?? ''), read);
      },
    });
    await this.readEarlierAttempts(name, missing, signal);
    for (const trial of missing) {
      const key = pairKey(name, trial);
      if (this.unfinished.get(key) === signal) this.unfinished.delete(key);
    }
    this.changed();
  }

  /** Reads a part of the series in finer buckets, where those of the whole series are wider than a step. */
  async openPart(name: string, trials: readonly string[], range: Range, signal: AbortSignal): Promise<void> {
    const { run } = this;
    const wide = trials.filter((trial) => (this.series.get(name)?.get(trial)?.width ?? 1) > 1);
    if (wide.length === 0) return;
    const part: Part = { range, series: new Map(), totals: new Map() };
    await readSeries(this.request, {
      ...{ run, name, trials: wide, signal },
      bounds: { from: stepText(Math.floor(range.low)), to: stepText(Math.ceil(range.high)) },
      hold: (read) => {
        part.series.set(read.trial_id ?? '', this.builderOf(read, range));
        part.totals.set(read.trial_id ?? '', read);
      },
    });
    this.parts.set(name, part);
    this.changed();
  }

  /** Has series read again, all of them without a name; a chart shows what it has until then. */
  forget(name?: string, trial?: string): void {
    for (const [each, of] of this.series) {
      if (name !== undefined && each !== name) continue;
      for (const key of of.keys()) if (trial === undefined || key === trial) this.stale.add(pairKey(each, key));
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
      const each = part?.totals.get(trial) ?? this.totals.get(pairKey(name, trial));
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

  /** The steps of earlier attempts before the first one of the latest: the part of the line before its break. */
  private async readEarlierAttempts(name: string, trials: readonly string[], signal: AbortSignal): Promise<void> {
    const { run } = this;
    const held = this.series.get(name);
    const latestOf = (trial: string): number => this.rows.get(trial)?.attempt ?? 0;
    for (let back = 1; back <= EARLIER_ATTEMPTS; back += 1) {
      const series = trials.flatMap((trial) => {
        const builder = held?.get(trial);
        return builder === undefined ? [] : [[trial, builder, latestOf(trial)] as const];
      });
      for (const { attempt, to, trials: of } of earlierParts(series, back)) {
        await readSeries(this.request, {
          ...{ run, name, trials: of, signal },
          bounds: { attempt: String(attempt), to },
          hold: (read) => {
            const builder = held?.get(read.trial_id ?? '');
            if (builder !== undefined) addSeries(builder, read, attempt);
          },
        });
      }
    }
  }

  private builderOf(read: ShownSeries, range?: Range): SeriesBuilder {
    const trial = read.trial_id ?? '';
    const builder = new SeriesBuilder(Math.max(1, Number(read.bucket_steps)));
    addSeries(builder, read, this.rows.get(trial)?.attempt ?? 0);
    for (const point of this.recent.of(pairKey(read.name, trial))) {
      if (range === undefined || (point.step >= range.low && point.step <= range.high)) builder.add(point);
    }
    return builder;
  }
}
