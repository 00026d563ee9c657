import { mergedRows } from '../../store/queries/merged-rows.ts';
import { claimBackfills } from '../../store/tables/mlflow-links.ts';
import { rowOfTable } from './merged-row.ts';
import { type MirrorParts, mirrorSubject, newProgress } from './mirror-subject.ts';
import { keyOf } from './subject.ts';

const AT_ONCE = 10;
/** Longer than a backfill takes. */
const CLAIM_MS = 600_000;

/** Repeats backfills that Postgres was not ready for. Their trials may have ended, so that no record of them comes any more. */
export async function repeatBackfills(parts: MirrorParts): Promise<void> {
  const { pool } = parts.mirror;
  const links = await claimBackfills(pool, AT_ONCE, CLAIM_MS);
  if (links.length === 0) return;
  const rows = new Map(
    (await mergedRows(pool, links)).map((row) => [keyOf(row.model_run_id, row.trial_id), rowOfTable(row)]),
  );
  for (const link of links) {
    const { key, model_run_id, trial_id } = link;
    const row = rows.get(key) ?? { startedAtMs: undefined, stated: {} };
    const job = {
      subject: { key, model_run_id, trial_id },
      row,
      firstAtMs: Date.now(),
      sources: [],
      metrics: [],
      link,
    };
    await mirrorSubject(parts, job, newProgress());
  }
}
