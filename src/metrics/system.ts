import { REQUEST_SECONDS } from './buckets.ts';
import type { MetricTable } from './metric.ts';

/** The values that every process reports of itself: its build, its roles, and its calls of dependencies. */
export const SYSTEM_METRICS = {
  buildInfo: {
    kind: 'gauge',
    name: 'build_info',
    labels: ['version', 'node'],
    help: '1, with the version of Thunderline and of Node.',
    shared: true,
  },
  roleRunning: {
    kind: 'gauge',
    name: 'role_running',
    labels: ['role'],
    help: '1 for each role that runs in this process; 0 while it waits for a dependency at its start.',
  },
  dependencyCalls: {
    kind: 'counter',
    name: 'dependency_calls_total',
    labels: ['dependency', 'result'],
    values: { dependency: ['postgres', 's3', 'registry', 'mlflow'], result: ['ok', 'refused', 'failed'] },
    help:
      'Calls of dependencies, by result: ok; refused (an answer about the data or the request, such as not found); failed (no ' +
      'answer, or the dependency cannot serve it now). A statement is a call of Postgres, a command with its retries one of S3.',
  },
  dependencySeconds: {
    kind: 'histogram',
    name: 'dependency_call_seconds',
    labels: ['dependency'],
    values: { dependency: ['postgres', 's3', 'registry', 'mlflow'] },
    buckets: REQUEST_SECONDS,
    help: 'Time of a call of a dependency.',
  },
  poolConnections: {
    kind: 'gauge',
    name: 'postgres_pool_connections',
    labels: ['pool', 'state'],
    help: 'Connections of a pool to Postgres, by state: used, idle.',
  },
  poolWaiting: {
    kind: 'gauge',
    name: 'postgres_pool_waiting',
    labels: ['pool'],
    help: 'Requests that wait for a connection of the pool.',
  },
  poolLimit: {
    kind: 'gauge',
    name: 'postgres_pool_limit',
    labels: ['pool'],
    help: 'Connections that the pool may open.',
  },
} as const satisfies MetricTable;
