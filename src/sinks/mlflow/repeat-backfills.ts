import { MlflowUnavailable } from '../../mlflow/mlflow-unavailable.ts';
import { OutageLog } from '../../outage-log.ts';
import { mergedRows } from '../../store/queries/merged-rows.ts';
import { claimBackfills } from '../../store/tables/mlflow-links.ts';
import type { MlflowBreaker } from './breaker.ts';
import { rowOfTable } from './merged-row.ts';
import { type MirrorParts, mirrorSubject, newProgress } from './mirror-subject.ts';
import { keyOf } from './subject.ts';

const AT_ONCE = 10;
/** Longer than a backfill takes. */
const CLAIM_MS = 600_000;

/** The parts that the repetition of backfills shares with the writes of the sink. */
export interface BackfillsParts {
  readonly parts: MirrorParts;
  readonly breaker: Pick<MlflowBreaker, 'pass' | 'failed'>;
  readonly everyMs: number;
}

/**
 * Repeats incomplete backfills by a clock: their trials, or all trials, may have ended, so that no record comes any more.
 */
export function startBackfills({ parts, breaker, everyMs }: BackfillsParts): { stop(): Promise<void> } {
  const outages = new OutageLog(parts.mirror.log);
  let current: Promise<void> | undefined;

  async function repeat(): Promise<void> {
    try {
      await breaker.pass();
      while (await repeatBackfills(parts));
      outages.recovered('backfills', {}, 'incomplete MLflow runs are completed again');
    } catch (cause) {
      breaker.failed(cause);
      // The breaker reports that MLflow is unavailable.
      if (cause instanceof MlflowUnavailable) return;
      outages.failed('backfills', { cause }, 'incomplete MLflow runs cannot be completed yet');
    }
  }

  const timer = setInterval(() => {
    current ??= repeat().finally(() => {
      current = undefined;
    });
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await current;
    },
  };
}

/** Makes some of the backfills that are due. Returns whether there may be more. */
async function repeatBackfills(parts: MirrorParts): Promise<boolean> {
  const { pool } = parts.mirror;
  const links = await claimBackfills(pool, AT_ONCE, CLAIM_MS);
  if (links.length === 0) return false;
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
  return links.length === AT_ONCE;
}
