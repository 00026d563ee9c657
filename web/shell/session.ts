import { computed, signal } from '@preact/signals';
import type { SessionState } from '../../src/access/sessions.ts';
import { requestJson, signedOut } from '../api/request.ts';

/** The session of this browser; undefined before the first answer. */
export const session = signal<SessionState | undefined>(undefined);

/** Whether the pages offer actions. The server decides; this only hides buttons that it would refuse. */
export const mayCommand = computed(() => {
  const { open = false, scopes = [] } = session.value ?? {};
  return open || scopes.includes('command');
});

const holds = ({ open, signed_in }: SessionState): boolean => open || signed_in;

function set(state: SessionState): void {
  session.value = state;
  signedOut.value = !holds(state);
}

/** Asks the server who this browser is. */
export async function readSession(): Promise<void> {
  try {
    set(await requestJson<SessionState>('/api/session'));
  } catch {
    // The requests of the page itself report why the server does not answer.
  }
}

/** Exchanges a key for a session. The scope `command` lasts an hour. */
export async function signIn(key: string, alsoCommand: boolean): Promise<void> {
  const scopes = alsoCommand ? ['read', 'command'] : ['read'];
  set(await requestJson<SessionState>('/api/session', { method: 'POST', body: { key, scopes } }));
}

export async function signOut(): Promise<void> {
  await requestJson('/api/session', { method: 'DELETE' }).catch(() => undefined);
  await readSession();
}
