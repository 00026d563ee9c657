import { effect, signal } from '@preact/signals';
import type { Theme } from '../colour/palette.ts';
import { readStored, writeStored } from './storage.ts';

/** The choice of the user: `system` follows the operating system. */
export type Choice = Theme | 'system';

const KEY = 'theme';
const systemTheme = signal<Theme>('light');

const isChoice = (text: string | null): text is Choice => text === 'light' || text === 'dark' || text === 'system';

export const themeChoice = signal<Choice>('system');
export const theme = signal<Theme>('light');

/** Shows the pages in the chosen theme: `?theme=dark` in the address counts for this page view, the stored choice otherwise. */
export function followTheme(): void {
  const stated = new URLSearchParams(location.search).get('theme');
  const stored = readStored(KEY);
  themeChoice.value = isChoice(stated) ? stated : isChoice(stored) ? stored : 'system';
  const dark = matchMedia('(prefers-color-scheme: dark)');
  systemTheme.value = dark.matches ? 'dark' : 'light';
  dark.addEventListener('change', ({ matches }) => {
    systemTheme.value = matches ? 'dark' : 'light';
  });
  effect(() => {
    theme.value = themeChoice.value === 'system' ? systemTheme.value : themeChoice.value;
    document.documentElement.dataset.theme = theme.value;
  });
}

export function chooseTheme(choice: Choice): void {
  themeChoice.value = choice;
  writeStored(KEY, choice);
}
