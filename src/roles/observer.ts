import { FEED_TOPICS } from '../feed-position.ts';
import { clearGauge } from '../metrics/clear-gauge.ts';
import { observeCertificates } from '../observer/observe-certificates.ts';
import { observeDatabase } from '../observer/observe-database.ts';
import { observeDeadLetters } from '../observer/observe-dead-letters.ts';
import { observeGroups } from '../observer/observe-groups.ts';
import { observeRetention } from '../observer/observe-retention.ts';
import { type Observation, startObserving } from '../observer/start-observing.ts';
import { tlsServers } from '../observer/tls-servers.ts';
import type { Platform } from '../platform.ts';
import { readDatabaseState } from '../store/queries/database-state.ts';
import { readRetentionState } from '../store/queries/retention-state.ts';
import type { Role } from './role.ts';

/** A role of its own, because a consumer's own figures end with its process, and its lag matters most after that. */
export const observer = {
  kind: 'service',
  name: 'observer',
  summary:
    'reports the lag of every consumer group, waiting dead letters, sizes, retention and expiry times, seen from outside',
  reads: [],
  writes: [],
  needs: ['kafka', 'registry', 'postgres'],
  watches: { operation: 'READ', role: 'postgres', topics: FEED_TOPICS },
  start,
} as const satisfies Role;

const GROUPS_EVERY_MS = 5_000;
const STATE_EVERY_MS = 15_000;
/** These look at every old trial, or at other servers. */
const RETENTION_EVERY_MS = 300_000;
const CERTIFICATES_EVERY_MS = 300_000;

async function start(platform: Platform): Promise<void> {
  const { config, telemetry, lifecycle } = platform;
  const { metrics } = telemetry;
  const [groups, letters, codec, pool] = await Promise.all([
    platform.groups(),
    platform.deadLetters(),
    platform.codec(),
    platform.postgres(),
  ]);
  const servers = tlsServers({
    postgres: config.postgres.url.reveal(),
    registry: config.registry.url.reveal(),
    s3: config.s3.endpoint?.reveal(),
    mlflow: config.mlflow.trackingUri?.reveal(),
  });
  const clear =
    (...gauges: Parameters<typeof clearGauge>[0][]) =>
    () =>
      gauges.forEach(clearGauge);
  const observations: readonly Observation[] = [
    {
      task: 'groups',
      everyMs: GROUPS_EVERY_MS,
      look: observeGroups(groups, metrics),
      clear: clear(metrics.groupLag, metrics.groupLagSeconds, metrics.groupProgress, metrics.groupMembers),
    },
    {
      task: 'dead_letters',
      everyMs: STATE_EVERY_MS,
      look: observeDeadLetters(letters, codec, metrics),
      clear: clear(metrics.deadLettersWaiting),
    },
    {
      task: 'database',
      everyMs: STATE_EVERY_MS,
      look: observeDatabase(() => readDatabaseState(pool), metrics),
      clear: clear(
        metrics.databaseBytes,
        metrics.tableBytes,
        metrics.partitionBytes,
        metrics.partitions,
        metrics.bridgeHosts,
        metrics.bridgeSlots,
        metrics.keyExpiry,
      ),
    },
    {
      task: 'retention',
      everyMs: RETENTION_EVERY_MS,
      look: observeRetention((olderThan) => readRetentionState(pool, olderThan), metrics, config.retention.rawDays),
      clear: clear(metrics.retentionPoints, metrics.retentionBytes, metrics.retentionDue, metrics.retentionSuccess),
    },
    {
      task: 'certificates',
      everyMs: CERTIFICATES_EVERY_MS,
      look: observeCertificates(servers, metrics),
      clear: () => undefined,
    },
  ];
  await lifecycle.start(
    'observer',
    () => startObserving(observations, telemetry),
    (started) => started.stop(),
  );
}
