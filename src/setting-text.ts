import { readFileSync, statSync } from 'node:fs';
import type { Option } from './option.ts';

/** The text of a setting, as it was given. */
export interface SettingText {
  /** Undefined where the setting is absent and has no default. */
  readonly text: string | undefined;
  /** The text as it is now: that of a file may change. While the file cannot be read, the last text. */
  readonly again: () => string;
}

/** A secret is a line of text; a larger file was named by mistake. */
const MAX_FILE_BYTES = 65_536;

/** The variable that names the file of a secret. */
export const fileVariableOf = (variable: string): string => `${variable}_FILE`;

/**
 * Reads the text of an option: a variable, or, for a secret, the file that `NAME_FILE` names. An empty variable counts as
 * absent. Throws an Error that names the variable.
 */
export function settingText(
  { variable, fallback, secret }: Option,
  environment: Readonly<Record<string, string | undefined>>,
): SettingText {
  const given = environment[variable] || undefined;
  const fileVariable = fileVariableOf(variable);
  const path = secret ? environment[fileVariable] || undefined : undefined;
  if (path === undefined) {
    const text = given ?? fallback;
    return { text, again: () => text ?? '' };
  }
  if (given !== undefined) throw new Error(`${variable} and ${fileVariable} are both set: keep one of them`);
  let last = inFile(path, fileVariable);
  return {
    text: last,
    again() {
      try {
        last = inFile(path, fileVariable);
      } catch {
        // The file is being replaced: the text that was read before is the best available one.
      }
      return last;
    },
  };
}

/** The content of a file without the line break at its end, which editors and `echo` add. */
function inFile(path: string, fileVariable: string): string {
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE_BYTES) throw new Error(`${path} has ${size} bytes, more than any secret`);
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (text === '') throw new Error(`${path} is empty`);
    return text;
  } catch (cause) {
    throw new Error(`${fileVariable}: ${(cause as Error).message}`, { cause });
  }
}
