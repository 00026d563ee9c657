import { signal } from '@preact/signals';
import type { SeriesList } from '../../src/queries/shapes.ts';
import { runApi } from '../api/paths.ts';
import { type RequestJson, requestJson } from '../api/request.ts';
import { pairKey } from '../data/pair-key.ts';

export interface PointFigure {
  readonly last: number;
  readonly min: number;
  readonly max: number;
  /** The first steps of the least and of the greatest value; a text beyond 2^53 - 1. */
  readonly min_step: number | string;
  readonly max_step: number | string;
}

interface Held {
  /** Undefined for a series without a finite point. */
  readonly figure: PointFigure | undefined;
  /** The round in which it was asked for. */
  readonly round: number;
}

/** Trials of one request. */
const MOST_TRIALS = 60;
const MOST_HELD = 20_000;

/**
 * The last, least and greatest value of metrics over their points, for the rows that the table shows. Each is one bucket that
 * the server makes, however long the series is.
 */
export class PointFigures {
  /** Changes when figures have arrived. */
  readonly version = signal(0);
  private readonly held = new Map<string, Held>();
  /** Figures of a trial that were asked for in an earlier round may have changed; the table shows them until they are read again. */
  private readonly rounds = new Map<string, number>();
  private round = 0;
  /** The round of the last `forget`. */
  private first = 0;
  private readonly run: string;
  private readonly request: RequestJson;

  constructor(run: string, request: RequestJson = requestJson) {
    this.run = run;
    this.request = request;
  }

  of(trial: string, name: string): PointFigure | undefined {
    return this.held.get(pairKey(trial, name))?.figure;
  }

  forget(): void {
    this.held.clear();
    this.rounds.clear();
    this.round += 1;
    this.first = this.round;
  }

  /** Has the figures of these trials read again. */
  renew(trials: readonly string[]): void {
    this.round += 1;
    for (const trial of trials) this.rounds.set(trial, this.round);
  }

  /** Reads the figures that are not held yet. */
  async open(trials: readonly string[], names: readonly string[], signal: AbortSignal): Promise<void> {
    const { round } = this;
    const isMissing = (trial: string): boolean => {
      const since = this.rounds.get(trial) ?? this.first;
      return names.some((name) => (this.held.get(pairKey(trial, name))?.round ?? -1) < since);
    };
    const missing = trials.filter(isMissing).slice(0, MOST_TRIALS);
    if (missing.length === 0 || names.length === 0) return;
    if (this.held.size > MOST_HELD) {
      this.held.clear();
      this.rounds.clear();
    }
    const query = new URLSearchParams({ buckets: '1' });
    for (const name of names) query.append('name', name);
    for (const trial of missing) query.append('trial', trial);
    const { series } = await this.request<SeriesList>(`${runApi(this.run)}/metrics?${query}`, { signal });
    for (const { trial_id, name, last, min, max, min_step, max_step } of series) {
      const all = { last: last.at(-1), min: least(min ?? last), max: greatest(max ?? last), min_step, max_step };
      const isKnown = all.last !== undefined && min_step !== null && max_step !== null;
      this.held.set(pairKey(trial_id ?? '', name), { figure: isKnown ? (all as PointFigure) : undefined, round });
    }
    this.version.value += 1;
  }
}

const least = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.min(...values);
const greatest = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.max(...values);
