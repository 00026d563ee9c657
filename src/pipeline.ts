import { archive } from './roles/archive.ts';
import { artifacts } from './roles/artifacts.ts';
import { bridge } from './roles/bridge.ts';
import { commands } from './roles/commands.ts';
import { gateway } from './roles/gateway.ts';
import { live } from './roles/live.ts';
import { mlflow } from './roles/mlflow.ts';
import { observer } from './roles/observer.ts';
import { pages } from './roles/pages.ts';
import { postgres } from './roles/postgres.ts';
import { queries } from './roles/queries.ts';
import type { Role } from './roles/role.ts';
import { router } from './roles/router.ts';

/**
 * The whole system:
 *
 * ```
 *  POST /api/events/ml ──▶ gateway ──▶ ml.events ──▶ router ──┬──▶ ml.events.high ─────┬──▶ mlflow ──▶ MLflow
 *                                                             └──▶ ml.events.realtime ─┼──▶ postgres
 *  POST /api/runs ──▶ commands ──▶ ml.commands ──┬─────────────────────────────────────┘
 *                                                └──▶ bridge ──▶ Python workers, and their ends ──▶ ml.events
 *  ml.events, ml.commands ──▶ archive ──▶ S3
 *  PUT .../artifacts/{name} ──▶ artifacts ──▶ S3, MLflow, ml.events
 *  ml.events.high, ml.events.realtime, ml.commands ──▶ live ──▶ GET /api/live
 *  tables ──▶ queries ──▶ GET /api/runs, /api/trials, ... ──▶ pages ──▶ browsers
 *  a record that a role cannot process ──▶ ml.deadletters
 *  groups, dead letters, tables ──▶ observer ──▶ GET /metrics
 * ```
 *
 * A new role is one file in `roles/` and its name in this list.
 */
export const ROLES = [
  gateway,
  commands,
  router,
  postgres,
  archive,
  mlflow,
  bridge,
  artifacts,
  live,
  queries,
  pages,
  observer,
] as const satisfies readonly Role[];

export type RoleName = (typeof ROLES)[number]['name'];

export const ROLE_NAMES: readonly RoleName[] = ROLES.map(({ name }) => name);

export const roleNamed = <Name extends RoleName>(name: Name): Extract<(typeof ROLES)[number], { name: Name }> =>
  ROLES.find((role) => role.name === name) as Extract<(typeof ROLES)[number], { name: Name }>;
