import { change } from '../shell/location.ts';

export interface ChoiceProps {
  readonly label: string;
  /** The parameter of the address. */
  readonly name: string;
  readonly value: string;
  /** Parameters that a change removes, because they belong to the earlier choice. */
  readonly resets?: readonly string[];
  readonly choices: readonly (readonly [value: string, text: string])[];
}

/** A selection that is kept in the address; the first choice is the one of an address without it. */
export function Choice({ label, name, value, resets = [], choices }: ChoiceProps) {
  const [[fallback] = ['']] = choices;
  return (
    <label class="row">
      <span class="muted">{label}</span>
      <select
        aria-label={label}
        value={value}
        onChange={({ currentTarget }) =>
          change({
            ...Object.fromEntries(resets.map((each) => [each, null])),
            [name]: currentTarget.value === fallback ? null : currentTarget.value,
          })
        }
      >
        {choices.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
