import type { Alert } from '../alert.ts';

const GROUP = 'stage="postgres",topic="ml.events.high"';
const PARTITION = `${GROUP},partition="2"`;
const ARCHIVE = 'stage="archive",topic="ml.events"';

const PROGRESS = 'thunderline_group_progress_timestamp_seconds';
const idle = (stages: string): string => `time() - max by (stage, topic, partition) (${PROGRESS}{${stages}})`;
const STALLED_S = 600;
/**
 * The archive commits an object that is not full at its greatest age, by default after five minutes. The limit of the last day counts,
 * because a stopped archive reports none.
 */
const ARCHIVE_STALLED_S = `scalar(clamp_min(300 + (max_over_time(max(thunderline_archive_object_age_limit_seconds)[1d:5m]) or vector(300)), ${STALLED_S}))`;

/** Progress from Kafka to the tables, the archive and MLflow. */
export const DELIVERY_ALERTS: readonly Alert[] = [
  {
    name: 'PartitionStalled',
    severity: 'page',
    expr:
      'max by (stage, topic, partition) (thunderline_group_lag_records) > 0 and ' +
      `(${idle('stage!="archive"')} > ${STALLED_S} or ${idle('stage="archive"')} > ${ARCHIVE_STALLED_S})`,
    holds: '1m',
    summary:
      'The consumer {{ $labels.stage }} has not moved in partition {{ $labels.partition }} of {{ $labels.topic }} for 10 minutes or more.',
    test: {
      series: {
        [`thunderline_group_lag_records{${PARTITION}}`]: '0x5 1+10x50',
        [`${PROGRESS}{${PARTITION}}`]: '0+60x5 300x50',
        // The archive may hold an object for half an hour: one partition is late after 40 minutes, the other not after 25.
        [`thunderline_group_lag_records{${ARCHIVE},partition="0"}`]: '0x5 1+10x50',
        [`${PROGRESS}{${ARCHIVE},partition="0"}`]: '0+60x5 300x50',
        [`thunderline_group_lag_records{${ARCHIVE},partition="1"}`]: '1+10x55',
        [`${PROGRESS}{${ARCHIVE},partition="1"}`]: '0+60x20 1200x35',
        'thunderline_archive_object_age_limit_seconds{instance="a"}': '1800x55',
      },
      quietAt: '14m',
      firesAt: '45m',
      fires: [
        { stage: 'postgres', topic: 'ml.events.high', partition: '2' },
        { stage: 'archive', topic: 'ml.events', partition: '0' },
      ],
    },
  },
  {
    name: 'ConsumerMissing',
    severity: 'page',
    expr: 'max by (stage, topic) (thunderline_group_members) == 0',
    holds: '3m',
    summary: 'No process consumes {{ $labels.topic }} for {{ $labels.stage }}.',
    test: {
      series: { [`thunderline_group_members{${GROUP}}`]: '2x5 0x10' },
      quietAt: '7m',
      firesAt: '10m',
      fires: [{ stage: 'postgres', topic: 'ml.events.high' }],
    },
  },
  {
    name: 'ConsumerWaiting',
    severity: 'page',
    expr: 'max by (stage, topic) (thunderline_stage_waiting{stage!="mlflow"}) > 0',
    holds: '3m',
    summary: 'The consumer {{ $labels.stage }} waits with records of {{ $labels.topic }} for a dependency.',
    test: {
      series: { [`thunderline_stage_waiting{${GROUP}}`]: '0x5 1x10' },
      quietAt: '7m',
      firesAt: '10m',
      fires: [{ stage: 'postgres', topic: 'ml.events.high' }],
    },
  },
  {
    name: 'ConsumerRestarts',
    severity: 'ticket',
    expr: 'sum by (stage) (increase(thunderline_stage_restarts_total[10m])) > 3',
    summary: 'The consumer {{ $labels.stage }} crashes and is restarted again and again.',
    test: {
      series: { 'thunderline_stage_restarts_total{stage="router"}': '0x10 1+1x10' },
      quietAt: '10m',
      firesAt: '16m',
      fires: [{ stage: 'router' }],
    },
  },
  {
    name: 'BreakerOpen',
    severity: 'page',
    expr: 'max by (stage, topic) (thunderline_stage_breaker_open) == 1',
    holds: '1m',
    summary: 'The consumer {{ $labels.stage }} has stopped at {{ $labels.topic }}: nearly every record was bad.',
    test: {
      series: { [`thunderline_stage_breaker_open{${GROUP}}`]: '0x5 1x10' },
      quietAt: '5m',
      firesAt: '8m',
      fires: [{ stage: 'postgres', topic: 'ml.events.high' }],
    },
  },
  {
    name: 'RecordsLost',
    severity: 'page',
    expr: 'sum by (stage, topic) (increase(thunderline_stage_lost_records_total[1h])) > 0',
    summary: 'Retention deleted records of {{ $labels.topic }} before {{ $labels.stage }} had read them.',
    test: {
      series: { [`thunderline_stage_lost_records_total{${PARTITION}}`]: '0x5 12x20' },
      quietAt: '5m',
      firesAt: '8m',
      fires: [{ stage: 'postgres', topic: 'ml.events.high' }],
    },
  },
  {
    name: 'DeadLetters',
    severity: 'ticket',
    expr: 'sum by (stage, reason) (increase(thunderline_dead_letters_total[15m])) > 0',
    summary: 'The consumer {{ $labels.stage }} has rejected records: {{ $labels.reason }}.',
    test: {
      series: { 'thunderline_dead_letters_total{stage="postgres",reason="undecodable"}': '0x5 1x20' },
      quietAt: '5m',
      firesAt: '7m',
      fires: [{ stage: 'postgres', reason: 'undecodable' }],
    },
  },
  {
    name: 'DeadLettersWaiting',
    severity: 'ticket',
    expr: 'max(thunderline_dead_letters_waiting) > 0',
    holds: '1d',
    summary: 'Dead letters wait for more than a day; retention deletes them after 90 days.',
    test: {
      interval: '5m',
      series: { thunderline_dead_letters_waiting: '0x24 3x360' },
      quietAt: '20h',
      firesAt: '28h',
    },
  },
  {
    name: 'KafkaRefusesRecords',
    severity: 'page',
    expr: 'sum(rate(thunderline_producer_records_total{result="failed"}[2m])) > 0',
    holds: '1m',
    summary: 'Kafka does not acknowledge records; events are answered 503 and consumers cannot continue.',
    test: {
      series: { 'thunderline_producer_records_total{result="failed"}': '0x5 5+5x10' },
      quietAt: '5m',
      firesAt: '9m',
    },
  },
];
