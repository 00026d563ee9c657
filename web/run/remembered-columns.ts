import { signal } from '@preact/signals';
import { readStored, writeStored } from '../shell/storage.ts';

const KEY = 'columns';
/** Changes with the remembered columns. */
export const columnsVersion = signal(0);

/** The columns that were chosen last in this browser, for the runs whose address states none. */
export interface ChosenColumns {
  readonly columns: readonly string[];
  readonly pins: readonly string[];
}

/** Remembers the columns, or forgets them. */
export function rememberColumns(chosen: ChosenColumns | null): void {
  writeStored(KEY, chosen === null ? null : JSON.stringify(chosen));
  columnsVersion.value += 1;
}

/** Those of the remembered columns that a run has; undefined if it has none of them. */
export function rememberedColumns(isKnown: (key: string) => boolean): ChosenColumns | undefined {
  const chosen = readChosen(readStored(KEY));
  const columns = chosen.columns.filter(isKnown);
  return columns.length === 0 ? undefined : { columns, pins: chosen.pins.filter((pin) => columns.includes(pin)) };
}

/** Whatever the text is: another version of the pages, or a person, may have written it. */
export function readChosen(text: string | null): ChosenColumns {
  try {
    const { columns, pins } = JSON.parse(text ?? '{}') as Partial<Record<keyof ChosenColumns, unknown>>;
    return { columns: textsOf(columns), pins: textsOf(pins) };
  } catch {
    return { columns: [], pins: [] };
  }
}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
