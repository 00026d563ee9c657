import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { CODE_FOLDERS, readFolder } from '../source-files.ts';

const ROOT = join(import.meta.dirname, '../..');
const list = (...patterns: readonly string[]): string[] =>
  execFileSync('git', ['ls-files', ...patterns], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Words that follow each other without anything but spaces between them, as many as are compared at a time. */
const PHRASE_WORDS = 3;

/** Texts of other programs that the pages quote, and calls and column lists that have the form of a sentence. */
const FOREIGN = [
  /^-H "/,
  /^403 Invalid Host header$/,
  /^too many connections/,
  /^include \(/,
  /^(?:apt-get|buildah|drop|on conflict) /,
];

/** The quotes of a page that are sentences: four words or more, and neither a command nor code. */
function sentencesOf(page: string): string[] {
  const prose = page.replaceAll(/```[\s\S]*?```/g, '');
  return [...prose.matchAll(/`([^`]+)`/g)]
    .map(([, text = '']) => text.replaceAll(/\s+/g, ' '))
    .filter(
      (text) => text.split(' ').length > PHRASE_WORDS && !/^(?:npx|npm|curl|docker|kubectl) |--|[={}[\]<>]/.test(text),
    )
    .filter((text) => !FOREIGN.some((pattern) => pattern.test(text)));
}

/** The phrases of a sentence. Numbers, names and words in capitals are values that the code puts into it. */
function phrasesOf(sentence: string): string[] {
  return sentence.split(/[^a-z' ]+[A-Za-z_]*/).flatMap((part) => {
    const words = part.trim().split(' ');
    return words.slice(PHRASE_WORDS - 1).map((_, at) => words.slice(at, at + PHRASE_WORDS).join(' '));
  });
}

/** The code, with texts that are written in several pieces joined. */
const CODE = [
  ...CODE_FOLDERS.filter((folder) => folder !== 'test' && folder !== 'docs').flatMap((folder) =>
    readFolder(ROOT, folder),
  ),
]
  .map(({ code }) => code)
  .concat(list('workers/*.py').map(read))
  .join('\n')
  .replaceAll(/['`"]\s*\+?\s*\n\s*f?['`"]/g, '');

test('a message that a page quotes is a text of the code', () => {
  const quotes = list('*.md').flatMap((path) => sentencesOf(read(path)).map((sentence) => ({ path, sentence })));
  expect(quotes.length).toBeGreaterThan(30);
  const unknown = quotes.flatMap(({ path, sentence }) =>
    phrasesOf(sentence)
      .filter((phrase) => !CODE.includes(phrase))
      .map((phrase) => `${path}: ${sentence}: "${phrase}"`),
  );
  expect(unknown).toEqual([]);
});
