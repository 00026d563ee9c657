import { useSignal } from '@preact/signals';
import type { Facets } from '../../src/queries/shapes.ts';
import { errorText } from '../api/error-text.ts';
import { addCondition, type Condition, conditionText, NORM_KEY, OPERATORS, type Operator } from './conditions.ts';

export interface ConditionListProps {
  readonly conditions: readonly Condition[];
  /** Read when the form opens. */
  readonly readFacets: () => Promise<Pick<Facets, 'parameters' | 'metrics'>>;
  readonly onChange: (conditions: readonly Condition[]) => void;
}

/** Names that the list of the form offers; any other can be typed. */
const MOST_NAMES = 2_000;

/** The conditions that trials fulfil, each with a button that drops it, and a form that adds one. */
export function ConditionList({ conditions, readFacets, onChange }: ConditionListProps) {
  const keys = useSignal<readonly string[]>([]);
  const key = useSignal('');
  const operator = useSignal<Operator>('gte');
  const operand = useSignal('');
  const failure = useSignal('');
  const isNorm = key.value === NORM_KEY;

  async function read(): Promise<void> {
    if (keys.value.length > 0) return;
    try {
      const { parameters, metrics } = await readFacets();
      const named = [...metrics.map(({ name }) => `metric.${name}`), ...parameters.map(({ name }) => `param.${name}`)];
      keys.value = [NORM_KEY, ...named.slice(0, MOST_NAMES)];
    } catch (error) {
      failure.value = `The names cannot be read: ${errorText(error)}`;
    }
  }

  function add(event: Event): void {
    event.preventDefault();
    const text = isNorm ? operand.value || 'true' : operand.value;
    const next = addCondition(conditions, key.value, operator.value, text);
    failure.value = typeof next === 'string' ? next : '';
    if (typeof next === 'string') return;
    operand.value = '';
    onChange(next);
  }

  return (
    <>
      {conditions.map((condition) => (
        <button
          type="button"
          class="chip"
          key={`${condition.key} ${condition.test}`}
          aria-label={`remove the condition ${conditionText(condition)}`}
          title={condition.key}
          onClick={() => onChange(conditions.filter((each) => each !== condition))}
        >
          {conditionText(condition)} <span aria-hidden="true">✕</span>
        </button>
      ))}
      <details class="several" onToggle={({ currentTarget }) => currentTarget.open && void read()}>
        <summary>Condition</summary>
        <form class="choices condition" onSubmit={add}>
          <label class="field">
            <span class="muted">Metric or parameter</span>
            <input
              list="condition-keys"
              autocomplete="off"
              placeholder="metric.val_accuracy"
              value={key.value}
              onInput={({ currentTarget }) => {
                key.value = currentTarget.value;
              }}
            />
          </label>
          <datalist id="condition-keys">
            {keys.value.map((each) => (
              <option key={each} value={each} />
            ))}
          </datalist>
          <div class="row">
            {isNorm ? (
              <select
                aria-label="Value"
                value={operand.value || 'true'}
                onChange={({ currentTarget }) => {
                  operand.value = currentTarget.value;
                }}
              >
                <option value="true">with</option>
                <option value="false">without</option>
              </select>
            ) : (
              <>
                <select
                  aria-label="Comparison"
                  value={operator.value}
                  onChange={({ currentTarget }) => {
                    operator.value = currentTarget.value as Operator;
                  }}
                >
                  {OPERATORS.map(([name, sign]) => (
                    <option key={name} value={name}>
                      {sign}
                    </option>
                  ))}
                </select>
                <input
                  class="bound"
                  aria-label="Value"
                  value={operand.value}
                  onInput={({ currentTarget }) => {
                    operand.value = currentTarget.value;
                  }}
                />
              </>
            )}
            <button type="submit">Add</button>
          </div>
          {failure.value !== '' && (
            <p class="notice error" role="alert">
              {failure.value}
            </p>
          )}
        </form>
      </details>
    </>
  );
}
