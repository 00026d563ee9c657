import type { Signal } from '@preact/signals';

export interface SearchFieldProps {
  /** The name of the field for screen readers. */
  readonly label: string;
  readonly placeholder: string;
  readonly search: Signal<string>;
  /** Whether it is the field of the page that the key / goes to. */
  readonly isMain?: boolean;
}

/** A field whose text is the value of a signal, at each key. */
export const SearchField = ({ label, placeholder, search, isMain }: SearchFieldProps) => (
  <input
    type="search"
    data-search={isMain ? '' : undefined}
    placeholder={placeholder}
    aria-label={label}
    value={search.value}
    onInput={({ currentTarget }) => {
      search.value = currentTarget.value;
    }}
    onKeyDown={({ key, currentTarget }) => {
      if (isMain && key === 'Escape') currentTarget.blur();
    }}
  />
);
