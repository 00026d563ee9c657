/** The part of a long text that is shown at first. */
export interface FoldedText {
  readonly shown: string;
  readonly isFolded: boolean;
}

const MOST_LINES = 12;
const MOST_CHARACTERS = 800;

/** Keeps both ends: the first lines of a traceback say where it began, and its last one is the error. */
export function foldText(text: string): FoldedText {
  const lines = text.split('\n');
  if (lines.length <= MOST_LINES && text.length <= MOST_CHARACTERS) return { shown: text, isFolded: false };
  const half = MOST_LINES / 2;
  const few =
    lines.length <= MOST_LINES ? text : [...lines.slice(0, half), '…', ...lines.slice(lines.length - half)].join('\n');
  if (few.length <= MOST_CHARACTERS) return { shown: few, isFolded: true };
  const part = MOST_CHARACTERS / 2;
  // Half of a surrogate pair would be an unreadable character.
  const [start, end] = [few.slice(0, part).toWellFormed(), few.slice(-part).toWellFormed()];
  return { shown: `${start}\n…\n${end}`, isFolded: true };
}
