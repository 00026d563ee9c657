/** The closed list of scopes that an API key may have. `docs/access.md` is checked against it. */
export const SCOPES = {
  ingest: 'post events, upload artifacts',
  read: 'read /metrics, list and open artifacts, follow the live feed',
  command: 'start and cancel studies and trials',
  admin: 'everything',
} as const;

export type Scope = keyof typeof SCOPES;

export const SCOPE_NAMES = Object.keys(SCOPES) as readonly Scope[];

export const isScope = (text: string): text is Scope => Object.hasOwn(SCOPES, text);

/** Whether a key with the scopes `held` satisfies a route that needs `wanted`. */
export const allows = (held: readonly Scope[], wanted: Scope): boolean =>
  held.includes(wanted) || held.includes('admin');
