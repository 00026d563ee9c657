import { BoundedCache } from '../../bounded-cache.ts';
import type { Result } from '../../mlflow/ask.ts';
import { LinkChanged, markDeleted, markGone, markRestored } from '../../store/tables/mlflow-link-states.ts';
import { contentOf } from './content-of.ts';
import type { Experiments } from './experiments.ts';
import type { Mirror } from './mirror.ts';
import type { Linked } from './run-links.ts';
import type { RunRefused } from './send-bisected.ts';
import { describeSubject, type Subject } from './subject.ts';

/** Finds out why a run cannot be written to, and keeps the cause with its link. */
export interface RefusalCauses {
  /** `again`: the next attempt finds a run, or a mark. `forbidden`: this user may not write to the run. */
  explain(subject: Subject, link: Linked, error: RunRefused): Promise<'again' | 'forbidden'>;
  /**
   * Throws {@link LinkChanged} if the run of a link that is marked as deleted was restored. Asks MLflow now and then only,
   * and once more when the trial has ended, because no further event may follow.
   */
  requireDeleted(subject: Subject, link: Linked, isEnded: boolean): Promise<void>;
}

/** A deleted run is looked up again after this time, if its trial has new events. */
const RECHECK_MS = 300_000;
const REMEMBERED = 10_000;

/** With its own authentication, MLflow forbids a run that it does not have. */
const isMissing = (result: Result<unknown>): boolean =>
  !result.ok && (result.refusal.kind === 'gone' || result.refusal.kind === 'forbidden');

export function createRefusalCauses(mirror: Mirror, experiments: Experiments): RefusalCauses {
  const { client, pool, signal, metrics, log } = mirror;
  /** The time of the last look-up of a deleted run, by its id; for an ended trial, by its id and `ended`. */
  const lookedAt = new BoundedCache<string, number>(REMEMBERED);

  async function lose(subject: Subject, { key, run_id }: Linked, error: RunRefused, isGone: boolean): Promise<'again'> {
    const result = isGone ? 'gone' : 'deleted';
    await (isGone ? markGone : markDeleted)(pool, key, run_id);
    if (isGone) experiments.distrust(subject.model_run_id);
    else lookedAt.set(run_id, Date.now());
    metrics.mlflowRuns.inc({ result });
    log.warn(
      { ...subject, runId: run_id, cause: error.message },
      `the MLflow run of ${describeSubject(subject)} is ${result}`,
    );
    return 'again';
  }

  return {
    async explain(subject, link, error) {
      const { run_id, experiment_id, origin } = link;
      // In this order: a run that is deleted while its experiment is active was not deleted with the experiment.
      const experiment = await client.getExperiment(experiment_id, signal);
      const run = await client.getRun(run_id, signal);
      if (!run.ok) {
        if (!isMissing(run)) contentOf(run);
        if (!experiment.ok && !isMissing(experiment)) contentOf(experiment);
        if (!experiment.ok && experiment.refusal.kind === 'forbidden') return 'forbidden';
        // The history of a client's run is not the mirror's to write again.
        return lose(subject, link, error, origin === 'mirror');
      }
      if (run.value.lifecycleStage === 'active') return error.kind === 'forbidden' ? 'forbidden' : 'again';
      if (!experiment.ok && !isMissing(experiment)) contentOf(experiment);
      if (experiment.ok && experiment.value.lifecycleStage === 'deleted' && origin === 'mirror') {
        await experiments.restore(subject.model_run_id, experiment_id);
        return 'again';
      }
      return lose(subject, link, error, false);
    },

    async requireDeleted(subject, { key, run_id }, isEnded) {
      const lookUp = isEnded ? `${run_id} ended` : run_id;
      if (Date.now() - (lookedAt.get(lookUp) ?? 0) < RECHECK_MS) return;
      const run = await client.getRun(run_id, signal);
      if (!run.ok && !isMissing(run)) contentOf(run);
      lookedAt.set(lookUp, Date.now());
      if (!run.ok || run.value.lifecycleStage === 'deleted') return;
      await markRestored(pool, key, run_id);
      metrics.mlflowRuns.inc({ result: 'restored' });
      log.info({ ...subject, runId: run_id }, `the MLflow run of ${describeSubject(subject)} was restored`);
      throw new LinkChanged(`the MLflow run of ${describeSubject(subject)} was restored`);
    },
  };
}
