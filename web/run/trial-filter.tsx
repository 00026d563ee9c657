import type { Facets } from '../../src/queries/shapes.ts';
import { runApi } from '../api/paths.ts';
import { requestJson } from '../api/request.ts';
import { ConditionList } from '../filter/condition-list.tsx';
import { conditionParameters } from '../filter/conditions.ts';
import { change } from '../shell/location.ts';
import { Choice } from './choice.tsx';
import { STATUSES } from './statuses.ts';
import type { RunView } from './view.ts';

/** Which trials of a run the table lists. */
export function TrialFilter({ run, view }: { readonly run: string; readonly view: RunView }) {
  return (
    <fieldset class="row">
      <legend class="hidden-text">Trials</legend>
      <input
        type="search"
        data-search
        placeholder="Search trials"
        aria-label="Search trials by id"
        value={view.search}
        onInput={({ currentTarget }) => change({ q: currentTarget.value }, 'replace')}
        onKeyDown={({ key, currentTarget }) => {
          if (key === 'Escape') currentTarget.blur();
        }}
      />
      <Choice
        label="Status"
        value={view.status}
        name="status"
        choices={[['', 'any'], ...STATUSES.map((each) => [each, each] as const)]}
      />
      <ConditionList
        conditions={view.conditions}
        readFacets={() => requestJson<Facets>(`${runApi(run)}/facets`)}
        onChange={(conditions) => change(conditionParameters(view.conditions, conditions))}
      />
    </fieldset>
  );
}
