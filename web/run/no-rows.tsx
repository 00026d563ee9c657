import { conditionParameters } from '../filter/conditions.ts';
import { formatInteger } from '../format/number.ts';
import { change } from '../shell/location.ts';
import { State } from '../shell/state.tsx';
import { isFiltered, type RunView } from './view.ts';

export interface NoRowsProps {
  /** Trials of the run, whether they match or not. */
  readonly total: number;
  readonly view: RunView;
}

/** Shown in place of a table without rows: either the run has no trials, or the filter keeps none. */
export function NoRows({ total, view }: NoRowsProps) {
  if (total === 0 && !isFiltered(view)) {
    return (
      <State title="The run has no trials yet">
        <p>A trial appears here after its first event. Metrics of the run itself are not listed.</p>
      </State>
    );
  }
  const title = total === 0 ? 'The run has no trials yet' : `0 of ${formatInteger(total)} trials match`;
  return <State title={title}>{isFiltered(view) && <ClearFilter view={view} />}</State>;
}

/** Drops the search, the status and the conditions; the columns and charts stay. */
export const ClearFilter = ({ view }: { readonly view: RunView }) => (
  <button
    type="button"
    onClick={() => change({ q: null, status: null, sort: null, ...conditionParameters(view.conditions, []) })}
  >
    Clear the filter
  </button>
);
