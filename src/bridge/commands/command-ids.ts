import type { Client } from '../../access/client.ts';
import { uuidV5 } from '../../events/ids.ts';

/** Names the commands of one request. */
export interface CommandIds {
  /** The id of the command that `parts` identify within the request, such as a run and the position of a trial. */
  commandId(...parts: readonly (string | number)[]): string;
}

/**
 * The commands of a request with an `Idempotency-Key`: the same request sent again makes the same ids, so that it starts one
 * study. The content is not part of the ids: a request with a used key and another content changes nothing either. Clients
 * without an API key share one set of keys.
 */
export function idempotentIds(client: Client, idempotencyKey: string): CommandIds {
  const owner = client.startsWith('key:') ? client : 'anyone';
  // JSON, so that no two lists of parts make the same text.
  return { commandId: (...parts) => uuidV5(`command ${JSON.stringify([owner, idempotencyKey, ...parts])}`) };
}

/** The commands of a request without one: each has a fresh id. */
export const freshIds = (fresh: () => string): CommandIds => ({ commandId: fresh });
