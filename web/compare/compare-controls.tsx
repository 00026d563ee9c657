import type { Facets } from '../../src/queries/shapes.ts';
import { MOST_METRICS } from '../api/most-metrics.ts';
import { ConditionList } from '../filter/condition-list.tsx';
import { Several } from '../shell/several.tsx';
import type { CompareView } from './compare-view.ts';
import { RunChoice } from './run-choice.tsx';

export interface CompareControlsProps {
  readonly view: CompareView;
  readonly facets: Facets;
  readonly onChange: (view: CompareView) => void;
}

/** The choice of the compared runs, metrics and groups. */
export function CompareControls({ view, facets, onChange }: CompareControlsProps) {
  const keys = ['spectral_norm', ...facets.parameters.map(({ name }) => `param.${name}`)];
  return (
    <fieldset class="row controls">
      <legend class="hidden-text">Comparison</legend>
      <RunChoice chosen={view.runs} onChange={(runs) => onChange({ ...view, runs })} />
      <label class="field">
        <span class="muted">Search</span>
        <input
          type="search"
          data-search
          placeholder="Part of an id"
          aria-label="Search trials by run or trial id"
          value={view.search}
          onChange={({ currentTarget }) => onChange({ ...view, search: currentTarget.value })}
        />
      </label>
      <ConditionList
        conditions={view.conditions}
        readFacets={async () => facets}
        onChange={(conditions) => onChange({ ...view, conditions })}
      />
      <Several
        label="Metrics"
        choices={[...new Set([...view.metrics, ...facets.metrics.map(({ name }) => name)])]}
        chosen={view.metrics}
        most={MOST_METRICS}
        onChange={(metrics) => onChange({ ...view, metrics })}
      />
      <One
        label="Group by"
        choices={keys}
        value={view.groupBy[0] ?? 'spectral_norm'}
        onChange={(key) => onChange({ ...view, groupBy: [key] })}
      />
      <One
        label="and by"
        choices={['', ...keys.filter((key) => key !== view.groupBy[0])]}
        value={view.groupBy[1] ?? ''}
        onChange={(key) =>
          onChange({ ...view, groupBy: [view.groupBy[0] ?? 'spectral_norm', ...(key === '' ? [] : [key])] })
        }
      />
      <One
        label="Best is"
        choices={['max', 'min']}
        value={view.best}
        onChange={(best) => onChange({ ...view, best: best === 'min' ? 'min' : 'max' })}
      />
    </fieldset>
  );
}

interface OneProps {
  readonly label: string;
  readonly choices: readonly string[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function One({ label, choices, value, onChange }: OneProps) {
  return (
    <label class="field">
      <span class="muted">{label}</span>
      <select aria-label={label} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice === '' ? 'nothing else' : choice.replace(/^param\./, '')}
          </option>
        ))}
      </select>
    </label>
  );
}
