import { isAddressable } from '../api/paths.ts';

/** The page of an address, with what its path and query state. */
export type Address =
  | { readonly page: 'monitor'; readonly query: URLSearchParams }
  | { readonly page: 'run'; readonly run: string; readonly query: URLSearchParams }
  | { readonly page: 'trial'; readonly run: string; readonly trial: string; readonly query: URLSearchParams }
  | { readonly page: 'compare'; readonly query: URLSearchParams }
  /** The place of the page of an id that no path can have. */
  | { readonly page: 'nameless'; readonly id: string; readonly query: URLSearchParams }
  | { readonly page: 'unknown'; readonly query: URLSearchParams };

/**
 * Reads the path and query of a URL. An id with any character survives: paths have it percent-encoded. `/runs/{run}?trial=` is the
 * page of a trial too: runs in MLflow have links of that form. A slash at the end of a path means nothing.
 */
export function parseAddress({ pathname: path, searchParams: query }: Pick<URL, 'pathname' | 'searchParams'>): Address {
  const pathname = path.replace(/(?<=.)\/$/, '');
  const parts = pathname.split('/').slice(1).map(decode);
  const [first, run, third, trial] = parts;
  if (pathname === '/') return { page: 'monitor', query };
  if (pathname === '/compare') return { page: 'compare', query };
  const trialOfQuery = query.get('trial');
  if (first === 'runs' && run && parts.length === 2) {
    return trialOfQuery ? { page: 'trial', run, trial: trialOfQuery, query } : { page: 'run', run, query };
  }
  const id = query.get('id');
  if (pathname === '/runs' && id !== null) return { page: 'nameless', id, query };
  if (first === 'runs' && run && third === 'trials' && trial && parts.length === 4) {
    return { page: 'trial', run, trial, query };
  }
  return { page: 'unknown', query };
}

const nameless = (id: string): string => `/runs?id=${encodeURIComponent(id)}`;

export const runPath = (run: string): string =>
  isAddressable(run) ? `/runs/${encodeURIComponent(run)}` : nameless(run);

export const trialPath = (run: string, trial: string): string => {
  const lost = [run, trial].find((id) => !isAddressable(id));
  return lost === undefined ? `${runPath(run)}/trials/${encodeURIComponent(trial)}` : nameless(lost);
};

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
