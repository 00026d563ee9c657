/** The parts of a key press that decide about its meaning. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** With one of these, a key belongs to the browser: Ctrl+Z undoes what was typed. */
export const hasModifier = ({ ctrlKey, metaKey, altKey }: KeyPress): boolean => ctrlKey || metaKey || altKey;

const PAGE_KEYS = { '?': 'help', '/': 'search', m: 'monitor', c: 'compare', z: 'whole x axis' } as const;
export type PageAction = (typeof PAGE_KEYS)[keyof typeof PAGE_KEYS];

/** The action of a key of all pages; undefined for any other key, and while a field has the focus or a dialog is open. */
export function pageAction(press: KeyPress, isTyping: boolean): PageAction | undefined {
  if (isTyping || hasModifier(press)) return undefined;
  return Object.hasOwn(PAGE_KEYS, press.key) ? PAGE_KEYS[press.key as keyof typeof PAGE_KEYS] : undefined;
}
