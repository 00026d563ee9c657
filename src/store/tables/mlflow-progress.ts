import { fixedArray, textArray, UUID } from '../binary-array.ts';
import type { OffsetRanges } from '../offset-ranges.ts';
import type { Database, MlflowLink } from './mlflow-links.ts';

/** The points of a trial that MLflow has acknowledged, of one partition. */
export interface WrittenPoints {
  readonly key: string;
  readonly run_id: string;
  readonly ranges: OffsetRanges;
  /** The event id of the last record, as it is stored; undefined if there is none. */
  readonly lastPoint: string | undefined;
}

/** A run that was created again meanwhile has none of the points. */
const SAVE_WRITTEN = `
  update mlflow_links as held set
    written = jsonb_set(held.written, array[$1::text], given.ranges::jsonb),
    last_point = coalesce(given.last_point, held.last_point), updated_at = now()
  from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[]) as given (key, run_id, ranges, last_point)
  where held.key = given.key and held.run_id = given.run_id`;

const SAVE_VERSIONS = `
  update mlflow_links set versions = versions || $3, deferred = $4, updated_at = now() where key = $1 and run_id = $2`;

/**
 * Saves the ranges of offsets of one partition, in one statement. Two processes that overlap for a moment may overwrite each
 * other's ranges, which costs time later and no point.
 *
 * @param partition `topic id/partition`.
 */
export async function saveWritten(client: Database, partition: string, rows: readonly WrittenPoints[]): Promise<void> {
  if (rows.length === 0) return;
  // In one order, so that two writers never wait for each other in a circle.
  const sorted = rows.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const values = [
    partition,
    fixedArray(
      UUID,
      sorted.map((row) => row.key),
    ),
    textArray(sorted.map((row) => row.run_id)),
    textArray(sorted.map((row) => JSON.stringify(row.ranges))),
    sorted.map((row) => row.lastPoint ?? null),
  ];
  await client.query({ name: 'save-mlflow-written', text: SAVE_WRITTEN, values });
}

/** Saves the versions of the groups that MLflow has acknowledged, and the groups that it gets later. */
export async function saveVersions(
  client: Database,
  { key, run_id }: { readonly key: string; readonly run_id: string },
  versions: MlflowLink['versions'],
  deferred: MlflowLink['deferred'] = {},
): Promise<void> {
  const values = [key, run_id, versions, deferred];
  await client.query({ name: 'save-mlflow-versions', text: SAVE_VERSIONS, values });
}
