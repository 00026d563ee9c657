import { checkSchemas } from '../../avro/check-schemas.ts';
import { loadSchemas } from '../../avro/schemas.ts';
import type { Config } from '../../config.ts';
import type { Connections } from '../../connections.ts';
import { inspectTopics } from '../../kafka/admin/reconcile.ts';
import { principalOf } from '../../kafka/principal.ts';
import { probeServer } from '../../mlflow/probe-server.ts';
import { rightsOf } from '../../roles/kafka-grants.ts';
import type { Role } from '../../roles/role.ts';
import { pendingMigrations } from '../../store/pending-migrations.ts';
import { TOPIC_NAMES } from '../../topics.ts';
import { type Check, type Finding, fail, pass, warn } from './check.ts';

const TIMEOUT_MS = 20_000;

export const kafkaCheck: Check = {
  title: 'Kafka',
  remedy: 'set KAFKA_BROKERS, and the KAFKA_* settings of docs/configuration.md, to a cluster that answers',
  timeoutMs: TIMEOUT_MS,
  async run({ config, connections, roles }) {
    const admin = await connections.admin();
    if (roles !== undefined) return checkRights(roles, config, connections);
    const { brokers } = await admin.describeCluster();
    const states = await inspectTopics(admin, config.kafka.topicPrefix, TOPIC_NAMES).catch((error: unknown) => {
      if ((error as { readonly type?: unknown }).type === 'TOPIC_AUTHORIZATION_FAILED') return undefined;
      throw error;
    });
    if (states === undefined) {
      return fail(
        `${principalOf(config.kafka)} may not describe the settings of every topic`,
        'name the roles of this principal with --roles, or check with the principal of an operator',
      );
    }
    const found = `${brokers.length} broker${brokers.length === 1 ? '' : 's'}`;
    const { replicationFactor } = config.kafka;
    if (brokers.length < replicationFactor) {
      const remedy = `start more brokers, or lower KAFKA_REPLICATION_FACTOR (${replicationFactor})`;
      return fail(`${found}: too few brokers for ${replicationFactor} replicas`, remedy);
    }
    const missing = states.filter(({ exists }) => !exists).map(({ name }) => name);
    const different = states.filter(({ differences }) => differences.length > 0).map(({ name }) => name);
    const remedy = 'run "npx thunderline topics --apply"';
    if (different.length > 0) return warn(`${found}; topics with other settings: ${different.join(', ')}`, remedy);
    if (missing.length > 0)
      return warn(`${found}; missing topics: ${missing.join(', ')}`, `${remedy}, or start the roles`);
    return pass(`${found}, ${states.length} topics`);
  },
};

/** Whether the principal has the rights of its roles, and their topics exist. */
async function checkRights(
  roles: readonly Role[],
  { kafka: { topicPrefix } }: Config,
  connections: Connections,
): Promise<Finding> {
  const rights = roles.flatMap((role) => rightsOf(role, topicPrefix));
  try {
    await connections.requireRights(rights);
  } catch (error) {
    if ((error as Error).name !== 'RightsMissing') throw error;
    return fail((error as Error).message, 'run "npx thunderline acls --apply" as an administrator of the brokers');
  }
  const names = new Set(rights.flatMap(({ resource, name }) => (resource === 'topic' ? [name] : [])));
  const existing = new Set(await (await connections.admin()).listTopics());
  const missing = [...names].filter((name) => !existing.has(name));
  if (missing.length > 0) {
    return warn(`missing topics: ${missing.join(', ')}`, 'run "npx thunderline topics --apply" as an operator');
  }
  const topics = `${names.size} topic${names.size === 1 ? '' : 's'}`;
  return pass(`${topics}, and the rights of ${roles.map(({ name }) => name).join(', ')}`);
}

export const registryCheck: Check = {
  title: 'schema registry',
  remedy: 'set SCHEMA_REGISTRY_URL to a registry that answers',
  timeoutMs: TIMEOUT_MS,
  async run({ config }) {
    const checks = await checkSchemas(config.registry, loadSchemas(), config.kafka.topicPrefix, TOPIC_NAMES);
    const breaking = checks.filter(({ problems }) => problems.length > 0);
    if (breaking.length === 0) return pass(`${checks.length} subjects are compatible or new`);
    const named = breaking.map(({ subject, problems }) => `${subject}: ${problems.join(', ')}`);
    return fail(
      named.join('; '),
      'undo the change of the schemas, or run the version of Thunderline that registered them',
    );
  },
};

export const postgresCheck: Check = {
  title: 'Postgres',
  remedy: 'set DATABASE_URL to a database that answers',
  timeoutMs: TIMEOUT_MS,
  async run({ connections }) {
    const pool = await connections.postgres();
    const { rows } = await pool.query<{ server_version: string }>('show server_version');
    const pending = await pendingMigrations(pool);
    const found = `Postgres ${rows[0]?.server_version}`;
    if (pending.length === 0) return pass(`${found}, every migration has run`);
    const remedy = 'run "npx thunderline migrate", or start the role postgres';
    return warn(`${found}; ${pending.length} migrations are pending, the first is ${pending[0]}`, remedy);
  },
};

export const s3Check: Check = {
  title: 'S3',
  remedy: 'set S3_ENDPOINT, S3_BUCKET and the AWS_* settings to a bucket that answers',
  timeoutMs: TIMEOUT_MS,
  async run({ config, connections }) {
    await connections.bucket();
    return pass(`the bucket ${config.s3.bucket}`);
  },
};

/** The oldest version without known holes that a client of the network can use. */
const LEAST_MLFLOW = { major: 3, minor: 11 } as const;
const SLOW_MS = 2_000;

export const mlflowCheck: Check = {
  title: 'MLflow',
  remedy: 'set MLFLOW_TRACKING_URI, and MLFLOW_TRACKING_USERNAME and _PASSWORD or _TOKEN, to a server that answers',
  timeoutMs: TIMEOUT_MS,
  async run({ config }) {
    if (config.mlflow.trackingUri === undefined) return pass('not configured: MLFLOW_TRACKING_URI is not set');
    const { base, version, callMs } = await probeServer({ ...config.mlflow, timeoutMs: TIMEOUT_MS });
    const found = `MLflow ${version ?? 'of unknown version'} at ${base}, a call takes ${callMs} ms`;
    if (isOld(version)) {
      const { major, minor } = LEAST_MLFLOW;
      return warn(
        found,
        `upgrade MLflow to ${major}.${minor} or later: earlier versions have published security holes`,
      );
    }
    if (callMs > SLOW_MS) return warn(found, 'give MLflow more workers, or a faster database');
    return pass(found);
  },
};

function isOld(version: string | undefined): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major < LEAST_MLFLOW.major || (major === LEAST_MLFLOW.major && minor < LEAST_MLFLOW.minor);
}
