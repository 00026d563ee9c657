import type { Alert } from '../alert.ts';

const BROKER = 'instance="kafka-1:9404"';

/** Brokers, as their JMX agent reports them (kafka-jmx.yml). */
export const KAFKA_ALERTS: readonly Alert[] = [
  {
    name: 'KafkaUnderReplicated',
    severity: 'ticket',
    expr: 'sum(kafka_server_under_replicated_partitions) > 0',
    holds: '5m',
    summary: 'Partitions have fewer replicas in sync than they should: a broker is unavailable or too slow.',
    test: {
      series: { [`kafka_server_under_replicated_partitions{${BROKER}}`]: '0x5 12x20' },
      quietAt: '8m',
      firesAt: '12m',
    },
  },
  {
    name: 'KafkaUnderMinIsr',
    severity: 'page',
    expr: 'sum(kafka_server_under_min_isr_partitions) > 0',
    holds: '1m',
    summary: 'Partitions have too few replicas in sync to be written: events are answered 503.',
    test: {
      series: { [`kafka_server_under_min_isr_partitions{${BROKER}}`]: '0x5 3x20' },
      quietAt: '5m',
      firesAt: '8m',
    },
  },
  {
    name: 'KafkaOfflinePartitions',
    severity: 'page',
    expr: 'max(kafka_controller_offline_partitions) > 0',
    holds: '1m',
    summary: 'Partitions have no leader, so they can be neither read nor written.',
    test: {
      series: { [`kafka_controller_offline_partitions{${BROKER}}`]: '0x5 3x20' },
      quietAt: '5m',
      firesAt: '8m',
    },
  },
  {
    name: 'KafkaNoController',
    severity: 'page',
    expr: 'sum(kafka_controller_active_controllers) != 1',
    holds: '1m',
    summary: 'Kafka has no active controller, or more than one: no leader can be elected.',
    test: {
      series: { [`kafka_controller_active_controllers{${BROKER}}`]: '1x5 0x20' },
      quietAt: '5m',
      firesAt: '8m',
    },
  },
];
