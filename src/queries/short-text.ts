import { hash } from 'node:crypto';

const HASH_LENGTH = 16;

/** A text as the index of trials has it; the function `short_text` of Postgres does the same. Lengths count code points. */
export function shortText(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = [...text];
  if (characters.length <= most) return text;
  const kept = characters.slice(0, most - HASH_LENGTH - 1).join('');
  return `${kept}…${hash('sha256', text, 'hex').slice(0, HASH_LENGTH)}`;
}
