import type { ChangedSession, Sessions } from '../access/sessions.ts';
import type { SessionScope } from '../access/tables/browser-sessions.ts';
import { Problem } from './problem.ts';
import { readJsonBody } from './read-json-body.ts';
import { type Call, jsonReply, type Reply, type Route } from './route.ts';
import { endSessionOperation, readSessionOperation, startSessionOperation } from './session-operations.ts';

/** A key has 68 characters. */
const LIMITS = { maxBytes: 4_096, maxEntries: 20, maxExactEntries: 20 };
/** A session without `command` may only read. */
const SCOPE_LISTS: Readonly<Record<string, readonly SessionScope[]>> = {
  read: ['read'],
  'read,command': ['read', 'command'],
};
const MEMBERS = new Set(['key', 'scopes']);

/**
 * `/api/session`: a browser exchanges a key for a cookie that scripts cannot read, and its pages can read who is signed
 * in.
 */
export function createSessionRoutes(sessions: Sessions): readonly Route[] {
  return [
    {
      name: 'startSession',
      method: 'POST',
      path: '/api/session',
      scope: null,
      operation: startSessionOperation,
      async handle(call) {
        const body = await readJsonBody(call, LIMITS);
        if (body === undefined) return undefined;
        if (!body.ok) throw malformed(`the body ${body.fault.message}`);
        const { key, scopes } = readRequest(body.value);
        return replyOf(await sessions.start(call.request, key, scopes));
      },
    },
    {
      name: 'endSession',
      method: 'DELETE',
      path: '/api/session',
      scope: null,
      operation: endSessionOperation,
      handle: async ({ request }: Call) => replyOf(await sessions.end(request)),
    },
    {
      name: 'readSession',
      method: 'GET',
      path: '/api/session',
      scope: null,
      operation: readSessionOperation,
      handle: async ({ request }: Call) => jsonReply(await sessions.stateOf(request)),
    },
  ];
}

const replyOf = ({ state, cookie }: ChangedSession): Reply => ({
  ...jsonReply(state),
  ...(cookie !== undefined && { headers: { 'set-cookie': cookie } }),
});

function readRequest(value: unknown): { readonly key: string; readonly scopes: readonly SessionScope[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('the body must be an object');
  const { key, scopes = ['read'] } = value as { readonly key?: unknown; readonly scopes?: unknown };
  const other = Object.keys(value).find((name) => !MEMBERS.has(name));
  if (other !== undefined) throw malformed(`there is no member ${other.slice(0, 100)}; the members are key and scopes`);
  if (typeof key !== 'string') throw malformed('the member key must be the text of an API key');
  const wanted = Array.isArray(scopes) ? SCOPE_LISTS[scopes.join(',')] : undefined;
  if (wanted === undefined) throw malformed('the member scopes must be ["read"] or ["read", "command"]');
  return { key, scopes: wanted };
}

const malformed = (message: string): Problem => new Problem('malformed_request', message);
