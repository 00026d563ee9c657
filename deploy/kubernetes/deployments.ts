import type { RoleName } from '../../src/pipeline.ts';

/** The Deployments of `roles/` and the roles of each, as their `args` list them. Each has a Kafka user of its own. */
export const DEPLOYMENTS = {
  gateway: ['gateway'],
  web: ['commands', 'queries', 'pages', 'live', 'artifacts'],
  router: ['router'],
  postgres: ['postgres'],
  archive: ['archive'],
  mlflow: ['mlflow'],
  bridge: ['bridge'],
  observer: ['observer'],
} as const satisfies Readonly<Record<string, readonly RoleName[]>>;
