import { MlflowUnavailable } from '../../mlflow/mlflow-unavailable.ts';
import type { NewRun } from '../../mlflow/run-calls.ts';
import type { Refusal } from '../../mlflow/sort-answer.ts';
import type { StoredRun } from '../../mlflow/stored-entities.ts';
import {
  intendRun,
  LinkChanged,
  linkRun,
  supersedeRuns,
  takeOverRun,
  withdrawIntent,
} from '../../store/tables/mlflow-link-states.ts';
import { findLinks, type MlflowLink } from '../../store/tables/mlflow-links.ts';
import { foundRun } from './adopt-experiment.ts';
import { createClaims } from './claims.ts';
import { contentOf } from './content-of.ts';
import type { Experiments } from './experiments.ts';
import type { MergedRow } from './merged-row.ts';
import { type Mirror, pageOf } from './mirror.ts';
import { releaseRun } from './release-run.ts';
import { restatedValues } from './restated.ts';
import { isEnd } from './run-status.ts';
import { encodeTags, identityTags, KEY_TAG, ownTags, rowTags } from './run-tags.ts';
import { describeSubject, type Subject } from './subject.ts';
import { deleteSuperseded } from './superseded.ts';
import { underLock } from './under-lock.ts';

/** A link with a run, which may be deleted. */
export type Linked = MlflowLink & { readonly run_id: string; readonly experiment_id: string };

/** A subject with what is known about it when its MLflow run is needed. */
export interface Wanted {
  readonly subject: Subject;
  readonly row: MergedRow;
  /** Becomes the start of the run if the row has none; epoch milliseconds. */
  readonly firstAtMs: number;
}

export interface RunLinks {
  /**
   * The link of a subject to its MLflow run: the one that its training code logs to, if it names one that exists; otherwise
   * one of the mirror, which is created unless it exists.
   *
   * @param link as it was read a moment ago.
   */
  ready(wanted: Wanted, link: MlflowLink | undefined): Promise<Linked>;
}

/** A call to create the run may still be in progress. The work is to be done again later. */
export class CreationUnsettled extends Error {
  override readonly name = 'CreationUnsettled';
}

export function createRunLinks(mirror: Mirror, experiments: Experiments): RunLinks {
  const { client, pool, signal, metrics, log } = mirror;
  const claims = createClaims(mirror);

  const read = async ({ key }: Subject): Promise<MlflowLink | undefined> =>
    (await findLinks(pool, [key], mirror.callTimeoutMs)).get(key);

  async function reread(subject: Subject): Promise<Linked> {
    const link = await read(subject);
    if (link !== undefined && isLinked(link)) return link;
    throw new LinkChanged(`the link of ${describeSubject(subject)} was removed by another process`);
  }

  async function makeReady(wanted: Wanted): Promise<Linked> {
    const { subject, row } = wanted;
    let link = await read(subject);
    const claim = claimIn(row, link);
    const claimed = claim && (await claims.find(subject, claim.runId));
    if (claim !== undefined && claimed !== undefined) {
      if (link?.create_sent_at && link.state === 'creating') link = await recover(subject, link);
      if (await takeOver(subject, claimed, claim.version, link)) link = await reread(subject);
    }
    if (link === undefined || !isLinked(link)) link = (await recover(subject, link)) ?? (await create(wanted, link));
    if (link.unfinished.length > 0) {
      await deleteSuperseded(mirror, link);
      link = await reread(subject);
    }
    if (isLinked(link)) return link;
    throw new LinkChanged(`the link of ${describeSubject(subject)} was changed by another process`);
  }

  async function takeOver(
    subject: Subject,
    run: StoredRun,
    version: string,
    link: MlflowLink | undefined,
  ): Promise<boolean> {
    // The earlier run of a client stays, as a parent of nested runs for example, but it is not the one of the trial.
    if (link?.origin === 'client' && link.run_id !== null) {
      await releaseRun(mirror, subject, link.run_id);
    }
    const { runId, experimentId, startTimeMs = 0 } = run;
    const taken = { ...subject, run_id: runId, experiment_id: experimentId, startedAtMs: startTimeMs };
    if (await takeOverRun(pool, taken, version)) {
      metrics.mlflowRuns.inc({ result: 'linked' });
      return true;
    }
    claims.reject(subject, runId);
    log.warn({ mlflowRunId: runId, ...subject }, 'two trials name the same MLflow run; it is linked to the other one');
    return false;
  }

  /**
   * Finds the run of a link whose creation was not confirmed; undefined if there is none. The call to create it may arrive
   * after the search, so it must have timed out first.
   */
  async function recover(subject: Subject, link: MlflowLink | undefined): Promise<Linked | undefined> {
    // Without an intent, or without a call, no run can exist.
    if (link === undefined || link.create_sent_at === null) return undefined;
    if (isLinked(link)) return link;
    const experimentId = link.experiment_id ?? (await experiments.idOf(subject.model_run_id));
    const { items } = contentOf(
      await client.searchRuns(
        {
          experimentIds: [experimentId],
          filter: `tags.\`${KEY_TAG}\` = '${subject.key}'`,
          view: 'ACTIVE_ONLY',
          orderBy: ['attributes.start_time ASC'],
          maxResults: 10,
        },
        signal,
      ),
    );
    const [first, ...others] = items.flatMap((run) => foundRun(run) ?? []).filter(({ key }) => key === subject.key);
    if (first === undefined) {
      if (!link.create_is_recent) return undefined;
      throw new CreationUnsettled(
        `a call to create the MLflow run of ${describeSubject(subject)} got no answer and may still be in progress: ` +
          `waits until ${mirror.callTimeoutMs / 1_000} s after it was sent`,
      );
    }
    await linkRun(pool, first, {});
    metrics.mlflowRuns.inc({ result: 'recovered' });
    const duplicates = others.filter(({ origin }) => origin === 'mirror').map(({ run_id }) => run_id);
    if (duplicates.length > 0) await supersedeRuns(pool, subject.key, duplicates);
    return reread(subject);
  }

  async function create({ subject, row, firstAtMs }: Wanted, link: MlflowLink | undefined): Promise<Linked> {
    const experimentId = await experiments.idOf(subject.model_run_id);
    const url = pageOf(mirror, subject);
    const tags = encodeTags([...identityTags(subject, 'mirror', url), ...ownTags(subject, url), ...firstTags(row)]);
    const name = subject.trial_id ?? subject.model_run_id;
    const startTimeMs = row.startedAtMs ?? firstAtMs;
    const created = await createdRun(subject, { experimentId, startTimeMs, name, tags }, link);
    metrics.mlflowRuns.inc({ result: 'created' });
    mirror.progressed();
    const run = { key: subject.key, run_id: created.runId, experiment_id: experimentId, startedAtMs: startTimeMs };
    await linkRun(pool, run, firstVersions(row)).catch(async (error: unknown) => {
      if (!(error instanceof LinkChanged)) throw error;
      // The lock was lost meanwhile, and another process has linked a run of its own.
      await supersedeRuns(pool, subject.key, [created.runId]);
    });
    return reread(subject);
  }

  async function createdRun(subject: Subject, run: NewRun, link: MlflowLink | undefined): Promise<StoredRun> {
    const { experimentId } = run;
    let sentAt = link?.create_sent_at;
    const intend = async (): Promise<void> => {
      sentAt = await intendRun(pool, subject, experimentId, sentAt);
    };
    const withdraw = async (): Promise<void> => {
      if (sentAt) await withdrawIntent(pool, subject.key, sentAt);
    };
    const result = await client.createRun(run, signal, intend).catch(async (error: unknown) => {
      if (wasRefused(error)) await withdraw();
      throw error;
    });
    if (result.ok) return result.value;
    await withdraw();
    const { kind } = result.refusal;
    if (kind === 'inactive') await experiments.restore(subject.model_run_id, experimentId);
    else if (await isGone(kind, experimentId)) await experiments.forget(subject.model_run_id, experimentId);
    else return contentOf(result);
    throw new LinkChanged(`the experiment of ${describeSubject(subject)} was deleted`);
  }

  /** With its own authentication, MLflow forbids to create a run in an experiment that it does not have. */
  async function isGone(kind: Refusal['kind'], experimentId: string): Promise<boolean> {
    if (kind !== 'forbidden') return kind === 'gone';
    const found = await client.getExperiment(experimentId, signal);
    return !found.ok && found.refusal.kind === 'gone';
  }

  return {
    async ready(wanted, link) {
      const { subject, row } = wanted;
      const isSettled = link !== undefined && isLinked(link) && link.unfinished.length === 0;
      const claim = claimIn(row, link);
      // A claim that MLflow does not confirm changes nothing.
      if (isSettled && (claim === undefined || (await claims.find(subject, claim.runId)) === undefined)) return link;
      return underLock(mirror, subject, () => makeReady(wanted));
    },
  };
}

interface Claim {
  readonly runId: string;
  /** The version of the statement that names the run. */
  readonly version: string;
}

/**
 * The MLflow run that the training code claims to log to, if it is not the linked one. The row may be older than the
 * link, because records are read again and Postgres may be behind: then its claim does not count.
 */
function claimIn({ stated: { mlflow } }: MergedRow, link: MlflowLink | undefined): Claim | undefined {
  const runId = mlflow?.values[0];
  if (mlflow === undefined || typeof runId !== 'string' || runId === link?.run_id) return undefined;
  return mlflow.version < (link?.versions.mlflow ?? '') ? undefined : { runId, version: mlflow.version };
}

const isLinked = (link: MlflowLink): link is Linked => link.run_id !== null && link.experiment_id !== null;

/** A run starts with the tags that nearly every trial has; the others follow with its row. */
const firstTags = (row: MergedRow): readonly (readonly [string, string])[] => [
  ['constraint_method', 'none'],
  ['thunderline.status', 'running'],
  ...rowTags(row, new Set(Object.keys(firstVersions(row))), new Set()),
];

/** MLflow creates every run as running. */
function firstVersions(row: MergedRow): MlflowLink['versions'] {
  const {
    stated: { spectral_norm: norm, outcome },
    startedAtMs,
  } = row;
  return {
    identity: '1',
    ...(norm !== undefined && { spectral_norm: norm.version, ...restatedValues(row, { spectral_norm: norm.version }) }),
    ...(outcome !== undefined && !isEnd(outcome.version) && { outcome: outcome.version }),
    ...(startedAtMs !== undefined && { started_at: String(startedAtMs) }),
  };
}

/** Whether the call was sent, and MLflow cannot have received it. */
const wasRefused = (error: unknown): boolean =>
  error instanceof MlflowUnavailable && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED';
