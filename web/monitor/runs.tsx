import { useSignal } from '@preact/signals';
import type { RunSummary } from '../../src/queries/shapes.ts';
import { SearchField } from '../shell/search-field.tsx';
import { AllRuns } from './all-runs.tsx';
import { RunsTable } from './runs-table.tsx';

/** The runs of the moment, or all runs in pages, or those that a search finds. */
export function Runs({ runs }: { readonly runs: readonly RunSummary[] }) {
  const search = useSignal('');
  const isAll = useSignal(false);
  return (
    <section aria-labelledby="runs-title">
      <div class="row">
        <h2 id="runs-title">Runs</h2>
        <span class="spacer" />
        <SearchField label="Search all runs" placeholder="Search all runs" search={search} isMain />
        <button
          type="button"
          aria-pressed={isAll.value}
          onClick={() => {
            isAll.value = !isAll.value;
          }}
        >
          All runs
        </button>
      </div>
      {isAll.value || search.value !== '' ? <AllRuns search={search.value} /> : <RunsTable runs={runs} />}
    </section>
  );
}
