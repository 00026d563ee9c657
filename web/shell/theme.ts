import { effect, signal } from '@preact/signals';
import type { Theme } from '../colour/palette.ts';

/** The choice of the user: `system` follows the operating system. */
export type Choice = Theme | 'system';

const KEY = 'thunderline.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');
const systemTheme = signal<Theme>(dark.matches ? 'dark' : 'light');
dark.addEventListener('change', ({ matches }) => {
  systemTheme.value = matches ? 'dark' : 'light';
});

const isChoice = (text: string | null): text is Choice => text === 'light' || text === 'dark' || text === 'system';

/** `?theme=dark` in the address counts for this page view, the stored choice otherwise. */
const stated = new URLSearchParams(location.search).get('theme');
const stored = localStorage.getItem(KEY);

export const themeChoice = signal<Choice>(isChoice(stated) ? stated : isChoice(stored) ? stored : 'system');
export const theme = signal<Theme>('light');

effect(() => {
  theme.value = themeChoice.value === 'system' ? systemTheme.value : themeChoice.value;
  document.documentElement.dataset.theme = theme.value;
});

export function chooseTheme(choice: Choice): void {
  themeChoice.value = choice;
  localStorage.setItem(KEY, choice);
}
