import type { IncomingMessage } from 'node:http';
import { BoundedCache } from '../bounded-cache.ts';
import { withoutSecretForms } from '../redact.ts';
import type { Access, Authenticate } from './access.ts';
import { AccessRefused, KeysUnavailable, type RefusalCode } from './access-refused.ts';
import type { Audit } from './audit.ts';
import { clientOfKey } from './client.ts';
import { isCrossOrigin } from './is-cross-origin.ts';
import type { KeyRing } from './key-ring.ts';
import type { KeyUse, KeyUses } from './key-uses.ts';
import { createOpenAccess } from './open-access.ts';
import type { ProveKey } from './prove-key.ts';
import { crossOrigin, type ProvedSession, type ProveSession } from './prove-session.ts';
import type { Quotas } from './quotas.ts';
import { faultOfRun, reachesRun } from './run-reach.ts';
import { allows, type Scope } from './scopes.ts';
import type { StoredKey } from './tables/api-keys.ts';

export interface AuthenticateParts {
  readonly ring: Pick<KeyRing, 'configured'>;
  /** Whether everyone is admitted at the moment, because there is no API key. */
  readonly isOpen: () => boolean;
  readonly proveKey: ProveKey;
  /** Absent, no session is admitted. */
  readonly proveSession?: ProveSession;
  /** Origins whose pages may use a server without keys. */
  readonly allowedOrigins?: ReadonlySet<string>;
  readonly quotas: Pick<Quotas, 'of'>;
  /** The address of the client. */
  readonly addressOf: (request: IncomingMessage) => string;
  readonly uses: Pick<KeyUses, 'track'>;
  readonly audit: Pick<Audit, 'record' | 'refused'>;
  /** Called with the code of each refusal. */
  readonly onRefused: (code: RefusalCode) => void;
  readonly now: () => number;
}

/** Keys whose access is kept; any other is made again for its next request. */
const MAX_CALLERS = 10_000;

/** Characters of a path that the audit log keeps. */
const MAX_PATH = 1_000;

/** A key that was admitted once: its access is the same for each of its requests. */
interface Caller {
  readonly access: Access;
  readonly use: KeyUse;
}

/**
 * Admits the holder of a key, or of a browser's session, with the scope of the route; everyone, while the server is
 * open. A key that is held in memory is admitted from any address: failed attempts from the address of a fleet do not
 * lock the fleet out.
 */
export function createAuthenticate(parts: AuthenticateParts): Authenticate {
  const { ring, isOpen, proveKey, proveSession, quotas, addressOf, uses, audit, onRefused, now } = parts;
  const { refuse } = proveKey;
  const open = createOpenAccess(addressOf);
  const callers = new BoundedCache<string, Caller>(MAX_CALLERS);

  function callerOf(key: StoredKey): Caller {
    const known = callers.get(key.id);
    if (known !== undefined) return known;
    const caller = { access: accessOf(key), use: uses.track(key) };
    callers.set(key.id, caller);
    return caller;
  }

  function accessOf(key: StoredKey): Access {
    const { id, name, runPrefix } = key;
    const { requireCredit, spend, pauseMs, headers, faultOf } = quotas.of(id);
    const outOfReach = faultOfRun(key);
    const who = { keyId: id, keyName: name };
    const noteRefusal = (code: RefusalCode): void => {
      onRefused(code);
      audit.refused(code, who);
    };
    return {
      client: clientOfKey(id),
      runPrefix,
      spend,
      pauseMs,
      headers,
      noteRefusal,
      requireCredit() {
        try {
          requireCredit();
        } catch (error) {
          if (error instanceof AccessRefused) noteRefusal(error.code);
          throw error;
        }
      },
      faultOf(event) {
        const fault = reachesRun(key, event.model_run_id) ? faultOf(event) : outOfReach;
        if (fault !== undefined) audit.refused(fault.code, who);
        return fault;
      },
    };
  }

  /** Admits the holder of a proved key, or of a session with some of its scopes. */
  function admit(stored: StoredKey, scope: Scope, request: IncomingMessage, session?: ProvedSession): Access {
    if (!allows(session?.scopes ?? stored.scopes, scope)) {
      const message =
        session === undefined
          ? `this route needs the scope ${scope}; the key has ${stored.scopes.join(', ')}`
          : `this route needs the scope ${scope}; the session has ${session.scopes.join(', ') || 'none any more'}`;
      const challenge = ['error="insufficient_scope"', `scope="${scope}"`];
      throw refuse(new AccessRefused('forbidden', message, { challenge }), request, stored);
    }
    const { access, use } = callerOf(stored);
    use.note(addressOf(request), now());
    if (scope === 'command') audit.record(commandOf(stored, request, addressOf(request)));
    return access;
  }

  const admitSession = (proved: ProvedSession, scope: Scope, request: IncomingMessage): Access =>
    admit(proved.key, scope, request, proved);

  /** Without keys every program is admitted, and every page of this server or of an allowed origin. */
  function admitOpen(request: IncomingMessage, scope: Scope): ReturnType<Authenticate> {
    if (isCrossOrigin(request, parts.allowedOrigins)) throw refuse(crossOrigin(), request);
    return open(request, scope);
  }

  return (request, scope) => {
    if (isOpen()) return admitOpen(request, scope);
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const proved = proveKey.prove(/^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '', request);
      return proved instanceof Promise
        ? proved.then((stored) => admit(stored, scope, request))
        : admit(proved, scope, request);
    }
    const token = proveSession?.tokenOf(request);
    if (proveSession !== undefined && token !== undefined) {
      const proved = proveSession.prove(token, request);
      return proved instanceof Promise
        ? proved.then((session) => admitSession(session, scope, request))
        : admitSession(proved, scope, request);
    }
    if (ring.configured === undefined) {
      throw refuse(new KeysUnavailable('Postgres is unavailable, so keys cannot be checked yet'), request);
    }
    throw refuse(new AccessRefused('unauthorized', 'this route needs an API key', { challenge: [] }), request);
  };
}

const commandOf = (
  { id, name }: StoredKey,
  { method, url }: IncomingMessage,
  address: string,
): Parameters<Audit['record']>[0] => ({
  action: 'command',
  keyId: id,
  keyName: name,
  address,
  details: { method, path: url && withoutSecretForms(url.replace(/\?.*$/s, '')).slice(0, MAX_PATH) },
});
