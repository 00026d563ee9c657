import { paramOf } from '../mlflow/entities.ts';
import type { StoredRun } from '../mlflow/stored-entities.ts';
import { finalMetricsOf } from '../sinks/mlflow/final-metrics.ts';
import type { MergedRow } from '../sinks/mlflow/merged-row.ts';
import { metricsOf } from '../sinks/mlflow/metric-chunks.ts';
import { PARAM_GROUPS, paramsOf, paramTag } from '../sinks/mlflow/run-params.ts';
import { isEnd, outcomeOf } from '../sinks/mlflow/run-status.ts';
import { encodeTags, identityTags, rowTags } from '../sinks/mlflow/run-tags.ts';
import type { Subject } from '../sinks/mlflow/subject.ts';
import { pointIdentity } from './compare-points.ts';
import type { Found } from './difference.ts';

export interface RowInMlflow {
  readonly origin: 'mirror' | 'client';
  readonly run: StoredRun;
  /** The versions that the mirror has written. */
  readonly versions: Readonly<Record<string, string>>;
  readonly url: string;
}

/**
 * The differences between the row of a subject and its run: tags, params, final metrics, status and times. Groups of columns
 * in which MLflow is ahead, because the mirror has read more of the topics than the sink `postgres`, are left out.
 */
export function compareRow(
  subject: Subject,
  row: MergedRow,
  { origin, run, versions, url }: RowInMlflow,
): readonly Found[] {
  const found: Found[] = [];
  const compare = (what: string, postgres: string, mlflow: string | undefined): void => {
    if (postgres !== mlflow) found.push({ what, postgres, mlflow: mlflow ?? '(absent)', canRepair: true });
  };
  const current = new Set<string>(
    Object.entries(row.stated)
      .filter(([group, stated]) => stated.version >= (versions[group] ?? ''))
      .map(([group]) => group),
  );
  for (const { key, value } of encodeTags([
    ...identityTags(subject, origin, url, run.tags),
    ...rowTags(row, current, new Set()),
  ])) {
    compare(`tag ${key}`, value, run.tags.get(key));
  }
  if (origin === 'client') return found;

  for (const group of PARAM_GROUPS) {
    const isDue = group === 'hyperparams' || isEnd(row.stated.outcome?.version);
    if (!current.has(group) || !isDue) continue;
    for (const [name, text] of paramsOf(row, group)) {
      const { key, value } = paramOf(name, text);
      const [tag] = encodeTags([[paramTag(group, name), text]]);
      compare(`param ${name}`, value, run.tags.get(tag?.key ?? '') ?? run.params.get(key));
    }
  }
  if (current.has('metrics')) {
    for (const point of finalMetricsOf(row)) {
      const [metric] = metricsOf([point]);
      const held = run.latest.get(metric?.key ?? '');
      compare(point.name, pointIdentity(point), held && pointIdentity(held));
    }
  }
  if (current.has('outcome')) {
    const { status, endTimeMs } = outcomeOf(row);
    compare('status', status, run.status);
    compare('end time', String(endTimeMs), String(run.endTimeMs ?? 0));
  }
  if (row.startedAtMs !== undefined) {
    const tag = run.tags.get('thunderline.started_at');
    const stated = isoTime(tag === undefined ? (run.startTimeMs ?? 0) : Date.parse(tag));
    // The mirror may have read an earlier start than Postgres has.
    if (row.startedAtMs <= Number(versions.started_at ?? Infinity))
      compare('start time', isoTime(row.startedAtMs), stated);
  }
  return found;
}

/** MLflow has no time before 1970. */
const isoTime = (ms: number): string => new Date(Math.max(0, ms)).toISOString();
