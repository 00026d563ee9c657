import type { Group } from '../../events/merge.ts';
import type { MlflowLink } from '../../store/tables/mlflow-links.ts';
import type { MergedRow } from './merged-row.ts';
import { isEnd } from './run-status.ts';
import { TAG_GROUPS } from './run-tags.ts';

type Link = Pick<MlflowLink, 'origin' | 'versions' | 'deferred'>;

/** The groups of columns that each kind of run shows. */
const SHOWN = {
  mirror: ['metrics', 'hyperparams', 'parameters', 'mlflow', ...TAG_GROUPS],
  client: TAG_GROUPS,
} as const satisfies Readonly<Record<string, readonly Group[]>>;

/** The difference between a row and the run of a link. */
export interface News {
  /** The versions of what the run lacks: groups of columns, `identity` for its first tags, and `started_at`. */
  readonly versions: MlflowLink['versions'];
  /** Groups that the run gets at the end of the trial. */
  readonly deferred: MlflowLink['deferred'];
  /** Whether there is anything to write or to keep. */
  readonly isEmpty: boolean;
}

/**
 * Finds the parts of a row that its run lacks. Those it has are kept as versions, so a row that is older than the run in some groups changes nothing
 * there, and a row that is the same costs no call.
 *
 * Parameters may change until the trial ends, and params of MLflow cannot. So they are kept with the link until then, because
 * the event of the end need not state them again.
 */
export function newsOf(row: MergedRow, { origin, versions, deferred }: Link): News {
  const news: Record<string, string> = {};
  for (const group of SHOWN[origin]) {
    const stated = row.stated[group];
    if (stated !== undefined && stated.version > (versions[group] ?? '')) news[group] = stated.version;
  }
  if (versions.identity === undefined) news.identity = '1';
  const { startedAtMs } = row;
  if (startedAtMs !== undefined && startedAtMs < Number(versions.started_at ?? Infinity)) {
    news.started_at = String(startedAtMs);
  }
  const outcome = news.outcome ?? versions.outcome;
  const { parameters } = row.stated;
  const isLater = news.parameters !== undefined && parameters !== undefined && !isEnd(outcome);
  if (isLater) delete news.parameters;
  const isDeferredNew = isLater && parameters.version !== deferred.parameters?.version;
  return {
    versions: news,
    deferred: isLater ? { parameters } : {},
    isEmpty: Object.keys(news).length === 0 && !isDeferredNew,
  };
}
