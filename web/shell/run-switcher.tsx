import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { RunList } from '../../src/queries/shapes.ts';
import { errorText } from '../api/error-text.ts';
import { requestJson } from '../api/request.ts';
import { useLoad } from '../data/use-load.ts';
import { runPath } from './address.ts';
import { address } from './location.ts';
import { SearchField } from './search-field.tsx';

const MOST_RUNS = 20;

/** The way from any page to a run: the newest ones, or those that a search finds. */
export function RunSwitcher() {
  const host = useRef<HTMLDetailsElement>(null);
  const isOpen = useSignal(false);
  const close = (): void => {
    if (host.current !== null) host.current.open = false;
  };
  return (
    <details
      class="several wide"
      ref={host}
      onToggle={({ currentTarget }) => {
        isOpen.value = currentTarget.open;
      }}
      onKeyDown={({ key }) => {
        if (key === 'Escape') close();
      }}
    >
      <summary>Runs</summary>
      {isOpen.value && <Runs onChosen={close} />}
    </details>
  );
}

function Runs({ onChosen }: { readonly onChosen: () => void }) {
  const search = useSignal('');
  const { data, error, isEarlier } = useLoad(
    (signal) => {
      const query = new URLSearchParams({ limit: String(MOST_RUNS) });
      if (search.value !== '') query.set('q', search.value);
      return requestJson<RunList>(`/api/runs?${query}`, { signal });
    },
    [search.value],
  );
  const at = address.value;
  const present = at.page === 'run' || at.page === 'trial' ? at.run : undefined;
  return (
    <div class="choices">
      <SearchField label="Search runs" placeholder="Part of an id" search={search} />
      {error !== undefined && <p class="notice error">The runs cannot be read: {errorText(error)}</p>}
      <ul class="runs" aria-busy={data === undefined || isEarlier}>
        {data?.runs.map(({ model_run_id }) => (
          <li key={model_run_id}>
            <a
              href={runPath(model_run_id)}
              aria-current={model_run_id === present ? 'page' : undefined}
              onClick={onChosen}
            >
              {model_run_id}
            </a>
          </li>
        ))}
      </ul>
      {data?.runs.length === 0 && <p class="muted">No run matches.</p>}
    </div>
  );
}
