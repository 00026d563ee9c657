import type { DashboardSpec } from '../panel.ts';

/** The brokers, by their JMX agent (deploy/prometheus/kafka-jmx.yml). */
export const kafka: DashboardSpec = {
  name: 'kafka',
  title: 'Thunderline: Kafka',
  variables: [{ name: 'topic', metric: 'kafka_log_size_bytes', label: 'topic' }],
  rows: [
    {
      title: 'Replication',
      panels: [
        {
          title: 'Under-replicated partitions',
          kind: 'stat',
          unit: 'none',
          description: 'Above 0 a broker is unavailable or too slow.',
          limit: 1,
          queries: [{ expr: 'sum(kafka_server_under_replicated_partitions)', legend: 'partitions' }],
        },
        {
          title: 'Partitions under their least replicas',
          kind: 'stat',
          unit: 'none',
          description: 'Above 0, events are answered 503.',
          limit: 1,
          queries: [{ expr: 'sum(kafka_server_under_min_isr_partitions)', legend: 'partitions' }],
        },
        {
          title: 'Partitions without a leader',
          kind: 'stat',
          unit: 'none',
          description: 'They can be neither read nor written.',
          limit: 1,
          queries: [{ expr: 'max(kafka_controller_offline_partitions)', legend: 'partitions' }],
        },
        {
          title: 'Active controllers',
          kind: 'stat',
          unit: 'none',
          description: 'Exactly one.',
          queries: [{ expr: 'sum(kafka_controller_active_controllers)', legend: 'controllers' }],
        },
      ],
    },
    {
      title: 'Traffic',
      panels: [
        {
          title: 'Records in',
          kind: 'timeseries',
          unit: 'ops',
          description: 'By topic.',
          queries: [
            {
              expr: 'sum by (topic) (rate(kafka_server_topic_messagesin_total{topic=~"$topic"}[$__rate_interval]))',
              legend: '{{topic}}',
            },
          ],
        },
        {
          title: 'Bytes in',
          kind: 'timeseries',
          unit: 'Bps',
          description: 'By topic.',
          queries: [
            {
              expr: 'sum by (topic) (rate(kafka_server_topic_bytesin_total{topic=~"$topic"}[$__rate_interval]))',
              legend: '{{topic}}',
            },
          ],
        },
        {
          title: 'Time of requests, p99',
          kind: 'timeseries',
          unit: 'ms',
          description: 'Produce is what gateways wait for; FetchConsumer waits up to 500 ms by itself.',
          queries: [{ expr: 'max by (request) (kafka_network_request_p99_milliseconds)', legend: '{{request}}' }],
        },
        {
          title: 'Idle request handlers',
          kind: 'timeseries',
          unit: 'percentunit',
          description: 'Below 30 % a broker is busy.',
          queries: [{ expr: 'min by (instance) (kafka_server_request_handler_idle_ratio)', legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Disk',
      panels: [
        {
          title: 'Size of topics',
          kind: 'timeseries',
          unit: 'bytes',
          description: 'On all brokers together. Retention bounds it by time.',
          stacked: true,
          queries: [{ expr: 'sum by (topic) (kafka_log_size_bytes{topic=~"$topic"})', legend: '{{topic}}' }],
        },
        {
          title: 'Partitions and leaders',
          kind: 'timeseries',
          unit: 'short',
          description: 'Leaders should be spread evenly.',
          queries: [
            { expr: 'sum by (instance) (kafka_server_partition_count)', legend: '{{instance}} partitions' },
            { expr: 'sum by (instance) (kafka_server_leader_count)', legend: '{{instance}} leaders' },
          ],
        },
      ],
    },
  ],
};
