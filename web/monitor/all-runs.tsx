import { useSignal } from '@preact/signals';
import type { RunList, RunSummary } from '../../src/queries/shapes.ts';
import { requestJson } from '../api/request.ts';
import { useRead } from '../data/use-read.ts';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { RunsTable } from './runs-table.tsx';

const AT_ONCE = 50;

interface Shown {
  readonly runs: readonly RunSummary[];
  readonly next: string | null;
}

/** All runs whose ids contain a text, page by page. */
export function AllRuns({ search }: { readonly search: string }) {
  const shown = useSignal<Shown | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const place = useSignal<{ readonly search: string; readonly cursor: string } | undefined>(undefined);
  // A cursor belongs to the search whose answer named it.
  const cursor = place.value?.search === search ? place.value.cursor : undefined;
  const again = useRead(
    (signal) => {
      const query = new URLSearchParams({ limit: String(AT_ONCE) });
      if (search !== '') query.set('q', search);
      if (cursor !== undefined) query.set('cursor', cursor);
      return requestJson<RunList>(`/api/runs?${query}`, { signal });
    },
    ({ runs, next_cursor: next }) => {
      error.value = undefined;
      shown.value = { runs: cursor === undefined ? runs : [...(shown.peek()?.runs ?? []), ...runs], next };
    },
    (failure) => {
      error.value = failure;
    },
    [search, cursor],
  );
  if (error.value !== undefined) return <Failure error={error.value} what="the runs" onRetry={again} />;
  if (shown.value === undefined) return <Loading what="the runs" />;
  const { runs, next } = shown.value;
  if (runs.length === 0) return <p class="muted">No run matches.</p>;
  return (
    <>
      <RunsTable runs={runs} />
      {next !== null && (
        <button
          type="button"
          onClick={() => {
            place.value = { search, cursor: next };
          }}
        >
          More runs
        </button>
      )}
    </>
  );
}
