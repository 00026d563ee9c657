import { BoundedCache } from '../../bounded-cache.ts';
import { tagOf } from '../../mlflow/entities.ts';
import type { StoredExperiment } from '../../mlflow/stored-entities.ts';
import {
  findExperiments,
  forgetExperiment,
  keepExperiment,
  type MlflowExperiment,
  stampExperiment,
} from '../../store/tables/mlflow-experiments.ts';
import { adoptExperiment } from './adopt-experiment.ts';
import { contentOf } from './content-of.ts';
import { type Mirror, pageOf } from './mirror.ts';
import { NOTE_TAG } from './run-tags.ts';

/** The MLflow experiment of each run of Thunderline. */
export interface Experiments {
  /**
   * The id of the experiment of a run, which is created, or restored, if there is none. Every run of the mirror in it has a
   * link afterwards, so that a trial without a link has no run.
   */
  idOf(modelRunId: string): Promise<string>;
  /** The experiment does not exist any more. */
  forget(modelRunId: string, experimentId: string): Promise<void>;
  /** Restores a deleted experiment. Its runs that were deleted before stay deleted. */
  restore(modelRunId: string, experimentId: string): Promise<void>;
  /** MLflow is to be asked for the experiment before it is used again. */
  distrust(modelRunId: string): void;
}

/** A known experiment is used without a question for this time. MLflow needs longer to start with another database. */
const TRUSTED_MS = 10_000;
const REMEMBERED = 1_000;

/** Tag of an experiment that the mirror created, with the id of its run. */
const RUN_TAG = 'thunderline.model_run_id';

export function createExperiments(mirror: Mirror): Experiments {
  const { client, pool, signal, log } = mirror;
  /** Calls in progress by run: trials of one run share the result. */
  const asking = new Map<string, Promise<string>>();
  /** By run: the time until which its experiment is used without a question. */
  const trustedUntil = new BoundedCache<string, number>(REMEMBERED);

  async function find(modelRunId: string): Promise<string> {
    const [known] = await findExperiments(pool, [modelRunId]);
    if (known !== undefined && (await isThere(known))) {
      if (known.listed) return known.experiment_id;
      return adopt(known);
    }
    const existing = await client.getExperimentByName(modelRunId, signal);
    if (existing.ok) return takeOver(modelRunId, existing.value);
    // Where MLflow forbids what it does not have, only the creation shows whether the name is free.
    if (existing.refusal.kind !== 'gone' && existing.refusal.kind !== 'forbidden') return contentOf(existing);
    return create(modelRunId);
  }

  /**
   * Whether MLflow still has the experiment. An MLflow with a new or emptied database counts from 1 again and gives its
   * id to another experiment; the names prove nothing, because a person may rename this one.
   */
  async function isThere(known: MlflowExperiment): Promise<boolean> {
    const { model_run_id, experiment_id, made_at } = known;
    if ((trustedUntil.get(model_run_id) ?? 0) > Date.now()) return true;
    const found = await client.getExperiment(experiment_id, signal);
    if (!found.ok && found.refusal.kind !== 'gone') contentOf(found);
    const isSame = found.ok && (made_at === null ? belongsTo(found.value, model_run_id) : isFrom(found.value, made_at));
    if (!isSame) {
      log.warn(
        { run: model_run_id, experimentId: experiment_id },
        'MLflow does not have the experiment of a run any more: it is found by its name or created again',
      );
      await forgetExperiment(pool, known);
      return false;
    }
    if (made_at === null && found.value.madeAtMs !== undefined) {
      await stampExperiment(pool, known, new Date(found.value.madeAtMs));
    }
    trustedUntil.set(model_run_id, Date.now() + TRUSTED_MS);
    return true;
  }

  async function create(modelRunId: string): Promise<string> {
    const url = pageOf(mirror, { model_run_id: modelRunId, trial_id: null });
    const tags = [tagOf(RUN_TAG, modelRunId), tagOf(NOTE_TAG, `Mirrored by Thunderline: ${url}`)];
    const created = await client.createExperiment({ name: modelRunId, tags }, signal);
    if (created.ok) {
      const made = { model_run_id: modelRunId, experiment_id: created.value, made_at: null };
      await keepExperiment(pool, { ...made, listed: true, restoring: false });
      return created.value;
    }
    // Another writer was faster, and names are unique.
    if (created.refusal.kind !== 'exists') return contentOf(created);
    return takeOver(modelRunId, contentOf(await client.getExperimentByName(modelRunId, signal)));
  }

  async function takeOver(modelRunId: string, { experimentId, lifecycleStage, madeAtMs }: StoredExperiment) {
    const made_at = madeAtMs === undefined ? null : new Date(madeAtMs);
    const known = { model_run_id: modelRunId, experiment_id: experimentId, made_at };
    return lifecycleStage === 'deleted' ? restoreKnown(known) : adopt({ ...known, restoring: false });
  }

  async function adopt(known: Omit<MlflowExperiment, 'listed'>): Promise<string> {
    const { model_run_id, experiment_id, restoring } = known;
    const links = await adoptExperiment(mirror, experiment_id, restoring);
    await keepExperiment(pool, { ...known, listed: true, restoring: false });
    const fields = { run: model_run_id, experimentId: experiment_id, links };
    if (links > 0) log.info(fields, 'linked the runs that the MLflow experiment had');
    return experiment_id;
  }

  async function restoreKnown(known: Omit<MlflowExperiment, 'listed' | 'restoring'>): Promise<string> {
    const { model_run_id, experiment_id } = known;
    // Until its runs are listed again, also after a crash: MLflow restores all runs of the experiment with it.
    await keepExperiment(pool, { ...known, listed: false, restoring: true });
    const restored = await client.restoreExperiment(experiment_id, signal);
    if (!restored.ok && restored.refusal.kind !== 'gone') contentOf(restored);
    const fields = { run: model_run_id, experimentId: experiment_id };
    log.warn(fields, 'restored a deleted MLflow experiment, because its run has new events');
    return adopt({ ...known, restoring: true });
  }

  return {
    idOf(modelRunId) {
      let asked = asking.get(modelRunId);
      if (asked === undefined) {
        asked = find(modelRunId).finally(() => asking.delete(modelRunId));
        asking.set(modelRunId, asked);
      }
      return asked;
    },
    forget: (model_run_id, experiment_id) => forgetExperiment(pool, { model_run_id, experiment_id }),
    async restore(model_run_id, experiment_id) {
      const [known] = await findExperiments(pool, [model_run_id]);
      const made_at = known?.experiment_id === experiment_id ? known.made_at : null;
      await restoreKnown({ model_run_id, experiment_id, made_at });
    },
    distrust: (modelRunId) => trustedUntil.delete(modelRunId),
  };
}

/**
 * Whether an experiment was created at that time. A server that does not state the time is assumed to have the same
 * experiment.
 */
const isFrom = ({ madeAtMs }: StoredExperiment, madeAt: Date): boolean =>
  madeAtMs === undefined || madeAtMs === madeAt.getTime();

/** Whether an experiment is the one of a run: by the tag with which the mirror created it, or by its name. */
const belongsTo = ({ tags, name }: StoredExperiment, modelRunId: string): boolean =>
  tags.get(RUN_TAG) === tagOf(RUN_TAG, modelRunId).value || name === modelRunId;
