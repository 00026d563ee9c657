import type { Signal } from '@preact/signals';

export interface SearchFieldProps {
  /** The name of the field for screen readers. */
  readonly label: string;
  readonly placeholder: string;
  readonly search: Signal<string>;
}

/** A field whose text is the value of a signal, at each key. */
export const SearchField = ({ label, placeholder, search }: SearchFieldProps) => (
  <input
    type="search"
    placeholder={placeholder}
    aria-label={label}
    value={search.value}
    onInput={({ currentTarget }) => {
      search.value = currentTarget.value;
    }}
  />
);
