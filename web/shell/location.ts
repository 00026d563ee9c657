import { computed, signal } from '@preact/signals';
import { type Address, parseAddress } from './address.ts';
import { keepPlace, restorePlace } from './places.ts';

const href = signal(location.href);

/** The entry of the history that is shown; an entry keeps its name in its state. */
let entry = '';

function nameEntry(): void {
  const state: unknown = history.state;
  entry = typeof state === 'string' ? state : newName();
  if (state !== entry) history.replaceState(entry, '');
}

const newName = (): string => `${Date.now()}-${Math.random()}`;

/** The page that the address of the browser names. */
export const address = computed<Address>(() => parseAddress(new URL(href.value)));

/** Goes to another address: a choice is an entry of the history, a zoom or a typed letter replaces the entry. */
export function go(to: string, way: 'push' | 'replace' = 'push'): void {
  if (new URL(to, location.href).href === location.href) return;
  if (way === 'push') {
    keepPlace(entry);
    entry = newName();
    history.pushState(entry, '', to);
  } else history.replaceState(entry, '', to);
  href.value = location.href;
}

/** A parameter of the address: null or an empty text removes it, a list repeats it. */
type Parameter = string | null | readonly string[];

/** Changes parameters of the present address. */
export function change(parameters: Readonly<Record<string, Parameter>>, way: 'push' | 'replace' = 'push'): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(parameters)) {
    url.searchParams.delete(name);
    const values = typeof value === 'string' ? [value].filter((text) => text !== '') : (value ?? []);
    for (const each of values) url.searchParams.append(name, each);
  }
  go(`${url.pathname}${url.search}`, way);
}

/** Follows the history, and links between the pages without loading the document again. */
export function followLocation(): void {
  nameEntry();
  // The browser would scroll before the page has read its content.
  history.scrollRestoration = 'manual';
  addEventListener('popstate', () => {
    keepPlace(entry);
    nameEntry();
    href.value = location.href;
    restorePlace(entry);
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
