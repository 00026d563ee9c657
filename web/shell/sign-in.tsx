import { useSignal } from '@preact/signals';
import { errorText } from '../api/error-text.ts';
import { goOn, session, signIn, signInReason } from './session.ts';

/**
 * Exchanges an API key for a session. The key is sent once and not kept; the session is a cookie that scripts cannot
 * read.
 */
export function SignIn() {
  const key = useSignal('');
  const failure = useSignal('');
  const busy = useSignal(false);
  const alsoCommand = useSignal(signInReason.value !== '');

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    busy.value = true;
    failure.value = '';
    try {
      await signIn(key.value.trim(), alsoCommand.value);
    } catch (error) {
      failure.value = errorText(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form class="state" onSubmit={submit}>
      <h2>Sign in</h2>
      {signInReason.value !== '' && <p class="notice">{signInReason.value}</p>}
      <p>This server requires an API key with the scope read. An administrator can create one with</p>
      <pre>npx thunderline keys create --name me --scopes read</pre>
      <label class="field">
        API key
        <input
          type="password"
          autocomplete="current-password"
          required
          value={key.value}
          onInput={({ currentTarget }) => {
            key.value = currentTarget.value;
          }}
        />
      </label>
      <label>
        <input
          type="checkbox"
          checked={alsoCommand.value}
          onChange={({ currentTarget }) => {
            alsoCommand.value = currentTarget.checked;
          }}
        />{' '}
        Start and cancel studies for an hour (scope command)
      </label>
      {failure.value !== '' && (
        <p class="notice error" role="alert">
          {failure.value}
        </p>
      )}
      <button type="submit" class="primary" disabled={busy.value}>
        Sign in
      </button>
      {signInReason.value !== '' && session.value?.signed_in === true && (
        <button type="button" onClick={goOn}>
          Continue without it
        </button>
      )}
    </form>
  );
}
