import type { Connections } from './connections.ts';

interface DependencyEntry {
  /** As it is named in `/health/ready` and in the log: "waits for Kafka". */
  readonly title: string;
  /** Resolves once the dependency can be used. */
  readonly connect: (connections: Connections) => Promise<unknown>;
}

/** Everything outside the process that a role may need at its start. */
export const DEPENDENCIES = {
  kafka: {
    title: 'Kafka',
    async connect(connections) {
      await connections.createTopics();
      await connections.admin();
    },
  },
  registry: { title: 'the schema registry', connect: (connections) => connections.codec() },
  postgres: { title: 'Postgres', connect: (connections) => connections.postgres() },
  s3: { title: 'the bucket', connect: (connections) => connections.bucket() },
  mlflow: {
    title: 'MLflow',
    async connect(connections) {
      const mlflow = await connections.mlflow();
      await mlflow.check();
    },
  },
} as const satisfies Readonly<Record<string, DependencyEntry>>;

export type Dependency = keyof typeof DEPENDENCIES;
