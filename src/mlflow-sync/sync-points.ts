import { entityName } from '../mlflow/entity-name.ts';
import type { StoredRun } from '../mlflow/stored-entities.ts';
import { contentOf } from '../sinks/mlflow/content-of.ts';
import { FINAL_PREFIX, type Point } from '../sinks/mlflow/final-metrics.ts';
import type { Mirror } from '../sinks/mlflow/mirror.ts';
import type { RunWriter } from '../sinks/mlflow/run-writer.ts';
import type { Subject } from '../sinks/mlflow/subject.ts';
import { writeLoosePoints } from '../sinks/mlflow/write-loose-points.ts';
import { isRolledUp } from '../store/queries/is-rolled-up.ts';
import { pointsOfTrial } from '../store/queries/points-of-trial.ts';
import { comparePoints, type PointSet, pointIdentity } from './compare-points.ts';
import type { Found } from './difference.ts';

const PAGE = 25_000;
const STORED_PAGE = 5_000;

/**
 * Compares the points of a subject with those of its run as sets, one metric at a time.
 *
 * @param write sends the missing points; undefined for a dry run.
 */
export async function syncPoints(
  mirror: Mirror,
  subject: Subject,
  run: StoredRun,
  write: RunWriter | undefined,
): Promise<readonly Found[]> {
  // Postgres has no longer every point; those that MLflow has are right.
  if (await isRolledUp(mirror.pool, subject)) return [];
  const found: Found[] = [];
  const compared = new Set<string>();
  for await (const [name, points] of byName(mirror, subject)) {
    const key = entityName(name);
    compared.add(key);
    const held = await historyOf(mirror, run, key);
    const missing = points.filter((point) => !held.has(pointIdentity(point)));
    if (missing.length > 0 && write !== undefined) await writeLoosePoints(write, missing);
    const wanted = new Set(points.map(pointIdentity));
    const missingCount = new Set(missing.map(pointIdentity)).size;
    found.push(...comparePoints(name, missingCount, wanted, held));
  }
  for (const key of run.latest.keys()) {
    if (compared.has(key) || key.startsWith(FINAL_PREFIX)) continue;
    found.push(...comparePoints(key, 0, new Set(), await historyOf(mirror, run, key)));
  }
  return found;
}

/** The points of a subject, one metric after the other. */
async function* byName({ pool }: Mirror, subject: Subject): AsyncGenerator<readonly [string, readonly Point[]]> {
  let name: string | undefined;
  let points: Point[] = [];
  for await (const page of pointsOfTrial(pool, subject, STORED_PAGE)) {
    for (const point of page) {
      if (name !== undefined && point.name !== name) {
        yield [name, points];
        points = [];
      }
      name = point.name;
      points.push(point);
    }
  }
  if (name !== undefined) yield [name, points];
}

async function historyOf({ client, signal }: Mirror, run: StoredRun, key: string): Promise<PointSet> {
  const points = new Set<string>();
  if (!run.latest.has(key)) return points;
  let pageToken: string | undefined;
  do {
    const page = contentOf(
      await client.getHistory({ runId: run.runId, name: key, maxResults: PAGE, pageToken }, signal),
    );
    for (const point of page.items) points.add(pointIdentity(point));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return points;
}
