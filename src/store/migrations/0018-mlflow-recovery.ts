import type { SqlMigration } from './sql-migration.ts';

/**
 * Columns by which the mirror recovers: the points that a new MLflow run must have before it is complete, and the mark by which
 * an experiment is recognised after MLflow got another database, which counts its ids from 1 again.
 */
export const mlflowRecovery: SqlMigration = {
  name: '0018-mlflow-recovery',
  up: `
    alter table mlflow_links
      add column last_point uuid,
      add column awaited jsonb not null default '{}',
      add column backfill_since timestamptz(3),
      add column backfill_due timestamptz(3);
    create index mlflow_links_backfill on mlflow_links (backfill_due) where backfill;

    alter table mlflow_experiments
      add column made_at timestamptz(3),
      add column restoring boolean not null default false;

    comment on column mlflow_links.last_point is 'Event id of the last record whose points MLflow has acknowledged.';
    comment on column mlflow_links.awaited is 'Content that Postgres must have before the backfill is complete: point (an event id), versions.';
    comment on column mlflow_links.backfill_since is 'When the backfill was first wanted.';
    comment on column mlflow_links.backfill_due is 'When an incomplete backfill is repeated.';
    comment on column mlflow_experiments.made_at is 'Creation time in MLflow: another experiment may get the same id later.';
    comment on column mlflow_experiments.restoring is 'Deleted runs may be active again, because the mirror restores the experiment.';
  `,
  down: `
    alter table mlflow_experiments drop column restoring, drop column made_at;
    drop index mlflow_links_backfill;
    alter table mlflow_links
      drop column backfill_due, drop column backfill_since, drop column awaited, drop column last_point;
  `,
};
