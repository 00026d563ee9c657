import { BoundedCache } from '../../bounded-cache.ts';
import { isRunId } from '../../mlflow/run-id.ts';
import type { Refusal } from '../../mlflow/sort-answer.ts';
import type { StoredRun } from '../../mlflow/stored-entities.ts';
import { contentOf } from './content-of.ts';
import type { Mirror } from './mirror.ts';
import { mayOwnRun } from './own-run.ts';
import { describeSubject, type Subject } from './subject.ts';

/** An unknown id is looked up again after this time, if its trial has new events. */
const RECHECK_MS = 300_000;
const REMEMBERED = 10_000;
const ABSENT: ReadonlySet<Refusal['kind']> = new Set(['gone', 'data', 'forbidden']);

/** The MLflow runs that trials claim to log to themselves. */
export interface Claims {
  /**
   * The run of this id; undefined if MLflow does not show it to this user, or if the subject may not own it, now or a moment
   * ago.
   */
  find(subject: Subject, runId: string): Promise<StoredRun | undefined>;
  /** The run belongs to another trial. */
  reject(subject: Subject, runId: string): void;
}

export function createClaims(mirror: Mirror): Claims {
  const { client, signal, log, metrics } = mirror;
  /** The time of the last look-up, by subject and id. */
  const unknown = new BoundedCache<string, number>(REMEMBERED);

  const claimOf = ({ key }: Subject, runId: string): string => `${key} ${runId}`;

  const reject = (subject: Subject, runId: string) => unknown.set(claimOf(subject, runId), Date.now());

  return {
    reject,

    async find(subject, runId) {
      const claim = claimOf(subject, runId);
      if (Date.now() - (unknown.get(claim) ?? 0) < RECHECK_MS) return undefined;
      if (isRunId(runId)) {
        const found = await client.getRun(runId, signal);
        if (found.ok) {
          if (await mayOwnRun(mirror, subject, found.value)) return found.value;
          reject(subject, runId);
          metrics.mlflowRuns.inc({ result: 'unproven' });
          log.warn(
            { mlflowRunId: runId, ...subject },
            `${describeSubject(subject)} names the MLflow run ${runId} as its own, and the run does not name it: set its tags ` +
              'model_run_id and trial_id, because an API key is bound to this run. The mirror writes a run for it',
          );
          return undefined;
        }
        // With its own authentication, MLflow forbids a run that it does not have.
        if (!ABSENT.has(found.refusal.kind)) contentOf(found);
      }
      reject(subject, runId);
      metrics.mlflowRuns.inc({ result: 'unknown' });
      log.warn(
        { mlflowRunId: runId, ...subject },
        `MLflow has no run ${runId}, or forbids it to this user, which ${describeSubject(subject)} names as its own: ` +
          'the mirror writes a run for it',
      );
      return undefined;
    },
  };
}
