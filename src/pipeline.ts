import { archive } from './roles/archive.ts';
import { gateway } from './roles/gateway.ts';
import { postgres } from './roles/postgres.ts';
import type { Role } from './roles/role.ts';
import { router } from './roles/router.ts';

/**
 * The whole system:
 *
 * ```
 *  POST /api/events/ml ──▶ gateway ──▶ ml.events ──▶ router ──┬──▶ ml.events.high ─────┐
 *                                                             └──▶ ml.events.realtime ─┼──▶ postgres
 *                                                                  ml.commands ────────┘
 *  ml.events, ml.commands ──▶ archive ──▶ S3
 *  a record that a role cannot process ──▶ ml.deadletters
 * ```
 *
 * A new role is one file in `roles/` and its name in this list.
 */
export const ROLES = [gateway, router, postgres, archive] as const satisfies readonly Role[];

export type RoleName = (typeof ROLES)[number]['name'];

export const ROLE_NAMES: readonly RoleName[] = ROLES.map(({ name }) => name);

export const roleNamed = <Name extends RoleName>(name: Name): Extract<(typeof ROLES)[number], { name: Name }> =>
  ROLES.find((role) => role.name === name) as Extract<(typeof ROLES)[number], { name: Name }>;
