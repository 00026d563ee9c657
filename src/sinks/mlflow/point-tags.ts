import { BoundedCache } from '../../bounded-cache.ts';
import type { Tag } from '../../mlflow/entities.ts';
import { nameTag, tagOf } from '../../mlflow/entities.ts';
import type { Point } from './final-metrics.ts';

const REMEMBERED = 100_000;

/**
 * Tags that explain points: the name of a metric that MLflow stores under another one, and the names of metrics with ±Infinity,
 * which MLflow shows as ±1.7976931348623157e308.
 */
export function pointTags(points: Iterable<Point>): readonly Tag[] {
  const tags = new Map<string, Tag>();
  for (const { name, value } of points) {
    const renamed = nameTag(name);
    if (renamed !== undefined) tags.set(renamed.key, renamed);
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
      const infinite = tagOf(`thunderline.infinite.${name}`, 'true');
      tags.set(infinite.key, infinite);
    }
  }
  return [...tags.values()];
}

/** Remembers the tags that runs have, so that each is sent about once. Sent again, a tag changes nothing. */
export class SentTags {
  readonly #sent = new BoundedCache<string, true>(REMEMBERED);

  /** The tags that this process has not sent to the run yet. */
  missing(runId: string, tags: readonly Tag[]): readonly Tag[] {
    return tags.filter(({ key }) => this.#sent.get(`${runId} ${key}`) === undefined);
  }

  sent(runId: string, tags: readonly Tag[]): void {
    for (const { key } of tags) this.#sent.set(`${runId} ${key}`, true);
  }
}
