import { useEffect } from 'preact/hooks';
import { State } from './state.tsx';

const Ways = () => (
  <p>
    <a href="/">Go to the monitor</a>, to the <a href="/compare">comparison</a>, or to the{' '}
    <a href="/docs">API reference</a>.
  </p>
);

/** Shown at an address that no page has. */
export function NoSuchPage() {
  useEffect(() => {
    document.title = 'No such page · Thunderline';
  }, []);
  return (
    <State title="There is no such page">
      <p>
        No page has the address <span class="mono">{location.pathname}</span>. A run is at /runs/ and its id; a trial is
        below it, at /trials/ and its id.
      </p>
      <Ways />
    </State>
  );
}

/** Shown for a run or trial with an id that browsers remove from addresses; only older tables contain one. */
export const Nameless = ({ id }: { readonly id: string }) => (
  <State title={`No page can have the id "${id}"`}>
    <p>
      Browsers remove it from every address, so events with this id are now refused. Its trials are listed at{' '}
      <a href={`/api/trials?model_run_id=${encodeURIComponent(id)}`}>/api/trials</a>.
    </p>
    <Ways />
  </State>
);
