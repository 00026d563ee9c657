import { computed, effect, signal } from '@preact/signals';
import type { SessionState } from '../../src/access/sessions.ts';
import { errorText } from '../api/error-text.ts';
import { requestJson, signedOut } from '../api/request.ts';
import { feedState } from '../feed/feed.ts';
import { dropDrafts } from './draft.ts';

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
  if (!signedOut.value) signInReason.value = '';
}

/** Why the page asks for a key although there is a session; empty otherwise. */
export const signInReason = signal('');

/** Asks for a key because the session lacks what an action needs. Drafts stay, and so does the session until it is replaced. */
export function askAgain(reason: string): void {
  signInReason.value = reason;
  signedOut.value = true;
}

/** Goes on with the session as it is. */
export function goOn(): void {
  signInReason.value = '';
  signedOut.value = false;
}

/** Asks the server who this browser is. */
async function readSession(): Promise<void> {
  try {
    set(await requestJson<SessionState>('/api/session'));
  } catch {
    // The requests of the page itself report why the server does not answer.
  }
}

/** The other tabs of the browser, which share the session. */
let tabs: BroadcastChannel | undefined;

/** Reads the session, and follows it: other tabs may start or end it, and it may expire. */
export function followSession(): void {
  tabs = new BroadcastChannel('thunderline-session');
  tabs.onmessage = ({ data }) => {
    if (data === 'ended') dropDrafts();
    void readSession();
  };
  effect(readEnd);
  void readSession();
}

/** Exchanges a key for a session. The scope `command` lasts an hour. */
export async function signIn(key: string, alsoCommand: boolean): Promise<void> {
  const scopes = alsoCommand ? ['read', 'command'] : ['read'];
  set(await requestJson<SessionState>('/api/session', { method: 'POST', body: { key, scopes } }));
  tabs?.postMessage('started');
}

/** Why the last attempt to sign out failed; empty without one. */
export const signOutFailure = signal('');

export async function signOut(): Promise<void> {
  signOutFailure.value = '';
  try {
    await requestJson('/api/session', { method: 'DELETE' });
    dropDrafts();
  } catch (error) {
    signOutFailure.value = `Still signed in: ${errorText(error)}`;
  }
  await readSession();
  tabs?.postMessage('ended');
}

/**
 * The session has expired, or its key was revoked. A request reports it, or the feed of a page that sends none. An answer that there is a
 * session does not bring the page back: its requests would be refused again at once.
 */
function readEnd(): void {
  if (!signedOut.value && feedState.value.kind !== 'signed-out') return;
  requestJson<SessionState>('/api/session').then(
    (state) => {
      session.value = state;
      if (!holds(state)) signedOut.value = true;
    },
    () => undefined,
  );
}
