import { valueIn } from './merged-row.ts';
import type { SubjectJob } from './mirror-subject.ts';

interface Considered extends Pick<SubjectJob, 'subject' | 'row' | 'link'> {
  readonly metrics: readonly unknown[];
}

/**
 * Whether a subject is to have a run in MLflow. Every trial is; a run of Thunderline, which is an experiment there, only if it
 * has points, params, final metrics or a run of its training code.
 */
export function needsRun({ subject, metrics, row, link }: Considered): boolean {
  if (subject.trial_id !== null || link !== undefined || metrics.length > 0) return true;
  return (['metrics', 'hyperparams', 'parameters', 'mlflow'] as const).some(
    (group) => valueIn(row, group) !== undefined,
  );
}
