import { useSignal } from '@preact/signals';
import type { RunList } from '../../src/queries/shapes.ts';
import { MOST_RUNS } from '../api/most-runs.ts';
import { isAddressable } from '../api/paths.ts';
import { requestJson } from '../api/request.ts';
import { useLoad } from '../data/use-load.ts';
import { Answered } from '../shell/answered.tsx';
import { SearchField } from '../shell/search-field.tsx';
import { Several } from '../shell/several.tsx';

/** Runs of the list; a search finds any other. */
const LISTED = 50;

interface RunChoiceProps {
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

/** The choice of the compared runs, among the newest ones or those that a search finds. */
export function RunChoice({ chosen, onChange }: RunChoiceProps) {
  const search = useSignal('');
  const loaded = useLoad(
    (signal) => {
      const query = new URLSearchParams({ limit: String(LISTED) });
      if (search.value !== '') query.set('q', search.value);
      return requestJson<RunList>(`/api/runs?${query}`, { signal });
    },
    [search.value],
  );
  const found = (loaded.data?.runs ?? []).map(({ model_run_id }) => model_run_id).filter(isAddressable);
  return (
    <Several
      label="Runs"
      choices={[...new Set([...chosen, ...found])]}
      chosen={chosen}
      least={1}
      most={MOST_RUNS}
      onChange={onChange}
    >
      <SearchField label="Search runs to compare" placeholder="Part of an id" search={search} />
      <Answered what="the list of runs" loaded={loaded}>
        {loaded.data !== undefined && (
          <p class="muted">
            {found.length === 0
              ? 'No run matches.'
              : loaded.data.next_cursor !== null && `The newest ${LISTED} are listed; a search finds the others.`}
          </p>
        )}
      </Answered>
    </Several>
  );
}
