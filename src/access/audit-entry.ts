/** The closed list of audited actions. `docs/access.md` is checked against it. */
export const AUDIT_ACTIONS = {
  key_created: 'a key was created; `actor` is the account and host of `keys create`',
  key_revoked: 'a key was revoked; `actor` is the account and host of `keys revoke`',
  key_first_used: 'a key was used from a network for the first time',
  refused:
    'requests of one client were refused with one code; `details.count` is their number since the last such entry',
  session_started: 'a browser exchanged a key for a session; `details` has the start of its id and its scopes',
  session_ended: 'a session was ended, by its browser or by `keys sessions`',
  command: 'a request to a route with the scope command was admitted; `details` has its method and path',
} as const;

export type AuditAction = keyof typeof AUDIT_ACTIONS;

/** One entry of the audit log. */
export interface AuditEntry {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly action: AuditAction;
  readonly keyId?: string;
  readonly keyName?: string;
  /** The person at a command line, as `account@host`. */
  readonly actor?: string;
  /** The address or network that a request came from. */
  readonly address?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}
