import type { Log } from '../../log.ts';
import { connectAccessPool } from './access-pool.ts';
import { type ApiKeyStore, createApiKeyStore } from './api-keys.ts';
import { type AuditLogStore, createAuditLogStore } from './audit-log.ts';
import { type BrowserSessionStore, createBrowserSessionStore } from './browser-sessions.ts';
import { createKeyUseStore, type KeyUseStore } from './key-uses.ts';

/** The tables of `src/access/`, over one pool. */
export interface AccessStore {
  readonly keys: ApiKeyStore;
  readonly uses: KeyUseStore;
  readonly sessions: BrowserSessionStore;
  readonly audit: AuditLogStore;
  close(): Promise<void>;
}

export function connectAccessStore(databaseUrl: string, log: Log): AccessStore {
  const { run, close } = connectAccessPool(databaseUrl, log);
  return {
    keys: createApiKeyStore(run),
    uses: createKeyUseStore(run),
    sessions: createBrowserSessionStore(run),
    audit: createAuditLogStore(run),
    close,
  };
}
