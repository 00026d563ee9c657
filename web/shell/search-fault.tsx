import { searchFault } from '../data/name-search.ts';

/** Says below a search why its expression selects nothing. */
export function SearchFault({ search }: { readonly search: string }) {
  const fault = searchFault(search);
  return fault === undefined ? null : (
    <p class="notice error" role="alert">
      {fault}
    </p>
  );
}
