import { integer, option, type Values } from '../option.ts';

/** When metric points leave Postgres for the older tiers. */
export const retentionOptions = {
  rawDays: option(
    'METRICS_RAW_DAYS',
    integer(1, 36_500),
    '30',
    'Days for which every metric point stays in Postgres, from the newest point of its partition; after them ' +
      '`npx thunderline retention --apply` moves the partition to roll-ups and Parquet files.',
  ),
} as const;

export type RetentionConfig = Values<typeof retentionOptions>;
