import type { Config } from '../config.ts';
import { UsageError } from '../errors.ts';
import { ROLES } from '../pipeline.ts';
import { isConfigured, type Role, type SinkRole } from '../roles/role.ts';

/** The roles that a replay can write to. */
const SINK_ROLES: readonly SinkRole[] = (ROLES as readonly Role[]).filter((role) => role.kind === 'sink');

/** The sink roles of these names. */
export const sinkRoles = (names: readonly string[]): readonly SinkRole[] =>
  SINK_ROLES.filter(({ name }) => names.includes(name));

/** The names of the sinks that `name` stands for; `all` stands for each that is configured. Throws {@link UsageError} listing them. */
export function sinkNames(name: string, config: Config): string[] {
  const names = SINK_ROLES.map((role) => role.name);
  if (name === 'all') return SINK_ROLES.filter((role) => isConfigured(role, config)).map((role) => role.name);
  if (names.includes(name)) return [name];
  throw new UsageError(`unknown sink ${name}; choose ${names.join(', ')} or all`);
}
