import { integer, option, share, type Values } from '../option.ts';

/** When metric points leave Postgres for the older tiers. */
export const retentionOptions = {
  rawDays: option(
    'METRICS_RAW_DAYS',
    integer(1, 36_500),
    '30',
    'Days for which every metric point stays in Postgres, from the newest point of its partition; after them ' +
      '`npx thunderline retention --apply` moves the partition to roll-ups and Parquet files.',
  ),
  share: option(
    'METRICS_RETENTION_SHARE',
    share,
    '0.25',
    'Share of the time for which `npx thunderline retention --apply` works on Postgres and the bucket; it rests in between, so that ' +
      'the points that arrive meanwhile are stored as fast as before. 1: without rests.',
  ),
} as const;

export type RetentionConfig = Values<typeof retentionOptions>;
