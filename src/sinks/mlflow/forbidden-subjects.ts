import { BoundedCache } from '../../bounded-cache.ts';
import { markForbidden } from '../../store/tables/mlflow-link-states.ts';
import type { MlflowLink } from '../../store/tables/mlflow-links.ts';
import { type MergedRow, valueIn } from './merged-row.ts';
import type { Mirror } from './mirror.ts';
import { describeSubject, type Subject } from './subject.ts';

/** A subject is tried again after this time, if it has new events. */
const RECHECK_MS = 300_000;
const REMEMBERED = 10_000;

/**
 * The subjects that MLflow forbids to this user: an experiment of another user is read-only by default. Their records are left
 * out instead of waiting, because every other trial would wait with them; once they are allowed, Postgres has what they missed.
 */
export interface ForbiddenSubjects {
  has(job: Considered): boolean;
  /**
   * Rejects with `MlflowUnavailable` if MLflow refuses this user as a whole, which does not concern one subject alone.
   *
   * @param scope `experiment` if no run can be created in the experiment of the subject.
   */
  add(subject: Subject, scope: 'experiment' | 'run', message: string): Promise<void>;
}

interface Considered {
  readonly subject: Subject;
  readonly row: MergedRow;
  readonly link: MlflowLink | undefined;
}

export function createForbiddenSubjects({ client, pool, signal, metrics, log }: Mirror): ForbiddenSubjects {
  /** The time of the next attempt, by the key of a subject, or by its run for those that have no MLflow run yet. */
  const until = new BoundedCache<string, number>(REMEMBERED);
  const holds = (name: string): boolean => (until.get(name) ?? 0) > Date.now();
  const experimentOf = ({ model_run_id }: Subject): string => `experiment ${model_run_id}`;

  return {
    has({ subject, row, link }) {
      if (holds(subject.key)) return true;
      const needsCreation = link?.run_id == null && valueIn(row, 'mlflow') === undefined;
      return needsCreation && holds(experimentOf(subject));
    },

    async add(subject, scope, message) {
      await client.check(signal);
      await markForbidden(pool, subject);
      until.set(scope === 'run' ? subject.key : experimentOf(subject), Date.now() + RECHECK_MS);
      metrics.mlflowRuns.inc({ result: 'forbidden' });
      log.warn(
        { ...subject, cause: message },
        `MLflow forbids the ${scope} of ${describeSubject(subject)}: it is left out, and gets what Postgres has once it is allowed`,
      );
    },
  };
}
