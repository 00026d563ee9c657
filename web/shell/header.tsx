import { LiveState } from './live-state.tsx';
import { address } from './location.ts';
import { session, signOut } from './session.ts';
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
        <button
          type="button"
          class="plain"
          onClick={signOut}
          title={`Signed in with the key ${session.value.key_name}`}
        >
          Sign out
        </button>
      )}
    </header>
  );
}
