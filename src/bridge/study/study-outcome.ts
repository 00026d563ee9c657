import type { StudySpec } from './study-spec.ts';

/** The result of an ended trial, as its study records it. */
export type StudyOutcome =
  | { readonly state: 'complete'; readonly value: number }
  | { readonly state: 'pruned' }
  | { readonly state: 'failed'; readonly error_type: string; readonly error_message: string };

/** The end of a trial as its worker reported it: a status of the worker contract, and the final metrics. */
export interface TrialEnd {
  readonly status: 'succeeded' | 'failed' | 'skipped' | 'cancelled';
  readonly metrics: Readonly<Record<string, number>>;
}

const MAX_NAMES_SHOWN = 10;

/**
 * The outcome of a trial for its study. A trial without a finite value of the study's metric has failed, also if its worker
 * reports success: Optuna records an infinite value as complete, and a loss of Infinity would become the best trial of a
 * study that maximises.
 */
export function studyOutcome(spec: Pick<StudySpec, 'metric'>, { status, metrics }: TrialEnd): StudyOutcome {
  if (status === 'skipped') return { state: 'pruned' };
  if (status !== 'succeeded') {
    return { state: 'failed', error_type: status, error_message: `the trial is ${status}` };
  }
  const value = Object.hasOwn(metrics, spec.metric) ? metrics[spec.metric] : undefined;
  if (value === undefined) {
    const names = Object.keys(metrics);
    const shown = names.length === 0 ? 'none' : names.slice(0, MAX_NAMES_SHOWN).join(', ');
    return {
      state: 'failed',
      error_type: 'objective_missing',
      error_message: `The study optimises ${spec.metric}, but the result has no such metric. Its metrics: ${shown}.`,
    };
  }
  if (Number.isFinite(value)) return { state: 'complete', value };
  return {
    state: 'failed',
    error_type: 'objective_not_finite',
    error_message: `The study optimises ${spec.metric}, whose final value is ${value}.`,
  };
}
