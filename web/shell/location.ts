import { computed, signal } from '@preact/signals';
import { type Address, parseAddress } from './address.ts';

const href = signal(location.href);

/** The page that the address of the browser names. */
export const address = computed<Address>(() => parseAddress(new URL(href.value)));

/** Goes to another address: a choice is an entry of the history, a zoom or a typed letter replaces the entry. */
export function go(to: string, entry: 'push' | 'replace' = 'push'): void {
  if (new URL(to, location.href).href === location.href) return;
  if (entry === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  href.value = location.href;
}

/** A parameter of the address: null or an empty text removes it, a list repeats it. */
type Parameter = string | null | readonly string[];

/** Changes parameters of the present address. */
export function change(parameters: Readonly<Record<string, Parameter>>, entry: 'push' | 'replace' = 'push'): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(parameters)) {
    url.searchParams.delete(name);
    const values = typeof value === 'string' ? [value].filter((text) => text !== '') : (value ?? []);
    for (const each of values) url.searchParams.append(name, each);
  }
  go(`${url.pathname}${url.search}`, entry);
}

/** Follows the history, and links between the pages without loading the document again. */
export function followLocation(): void {
  addEventListener('popstate', () => {
    href.value = location.href;
  });
  document.addEventListener('click', followLink);
}

function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = (event.target as Element | null)?.closest?.('a');
  if (link?.target !== '' || link.origin !== location.origin || link.hasAttribute('download')) return;
  if (parseAddress(new URL(link.href)).page === 'unknown') return;
  event.preventDefault();
  go(link.href);
  scrollTo(0, 0);
}
