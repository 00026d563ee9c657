import { signedOut } from '../api/request.ts';
import { LiveState } from './live-state.tsx';
import { address } from './location.ts';
import { RunSwitcher } from './run-switcher.tsx';
import { session, signOut, signOutFailure } from './session.ts';
import { type Choice, chooseTheme, themeChoice } from './theme.ts';

export function Header() {
  const { page } = address.value;
  const current = (name: string) => (page === name ? 'page' : undefined);
  return (
    <header class="header">
      <a class="name" href="/">
        Thunderline
      </a>
      <nav aria-label="Pages">
        <a href="/" aria-current={current('monitor')}>
          Monitor
        </a>
        <a href="/compare" aria-current={current('compare')}>
          Compare
        </a>
        {!signedOut.value && <RunSwitcher />}
      </nav>
      <span class="spacer" />
      <LiveState />
      <label class="wide">
        <span class="hidden-text">Theme</span>
        <select
          value={themeChoice.value}
          onChange={({ currentTarget }) => chooseTheme(currentTarget.value as Choice)}
          aria-label="Theme"
        >
          <option value="system">System</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
        </select>
      </label>
      {session.value?.signed_in === true && (
        <>
          <span class="muted wide" title="API key of this session">
            {session.value.key_name}
          </span>
          {signOutFailure.value !== '' && <span role="alert">{signOutFailure.value}</span>}
          <button
            type="button"
            class="plain"
            onClick={signOut}
            title={`Signed in with the key ${session.value.key_name}`}
          >
            Sign out
          </button>
        </>
      )}
    </header>
  );
}
