/** The page of an address, with what its path and query state. */
export type Address =
  | { readonly page: 'monitor'; readonly query: URLSearchParams }
  | { readonly page: 'run'; readonly run: string; readonly query: URLSearchParams }
  | { readonly page: 'trial'; readonly run: string; readonly trial: string; readonly query: URLSearchParams }
  | { readonly page: 'compare'; readonly query: URLSearchParams }
  | { readonly page: 'unknown'; readonly query: URLSearchParams };

/** Reads the path and query of a URL. An id with any character survives: paths have it percent-encoded. */
export function parseAddress({ pathname, searchParams: query }: Pick<URL, 'pathname' | 'searchParams'>): Address {
  const parts = pathname.split('/').slice(1).map(decode);
  const [first, run, third, trial] = parts;
  if (pathname === '/') return { page: 'monitor', query };
  if (pathname === '/compare') return { page: 'compare', query };
  if (first === 'runs' && run && parts.length === 2) return { page: 'run', run, query };
  if (first === 'runs' && run && third === 'trials' && trial && parts.length === 4) {
    return { page: 'trial', run, trial, query };
  }
  return { page: 'unknown', query };
}

export const runPath = (run: string): string => `/runs/${encodeURIComponent(run)}`;
export const trialPath = (run: string, trial: string): string => `${runPath(run)}/trials/${encodeURIComponent(trial)}`;

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
