import { describe, expect, test } from '@jest/globals';
import { faultsOf, passagesOf } from './language.ts';

const faultsIn = (path: string, content: string): string[] =>
  passagesOf(path, content)
    .flatMap(faultsOf)
    .map(({ line, instead }) => `${line}: ${instead}`);

const PERSON = 'the user, the reader, or the passive';

describe('the check of language', () => {
  test.each([
    ['a comment', 'src/a.ts', '/** Nobody reads this. */', '1: no consumer, no client, no one'],
    ['a comment at the end of a line', 'src/a.ts', 'const a = 1; // set anew', '1: again'],
    ['a string', 'src/a.ts', "log.info('the lock is held for good');", '1: permanently'],
    ['a string after another one', 'src/a.ts', "if (a === 'b') log.info('set anew');", '1: again'],
    [
      'a free relative clause',
      'src/a.ts',
      '// What is batched is sent.',
      '1: start with the noun the sentence is about',
    ],
    ['a sentence that runs over a line end', 'src/a.ts', '// the lock is held for\n// good', '1: permanently'],
    ['a comment of Python', 'a.py', '# The world is gone.', '1: a dependency, or its name'],
    ['one as a person who scrolls', 'src/a.ts', '// Rows are read while one scrolls.', `1: ${PERSON}`],
    ['one as a person who has chosen', 'src/a.ts', '// null before one has chosen', `1: ${PERSON}`],
    ['one as a person after a relative pronoun', 'src/a.ts', '/** The columns that one chose last. */', `1: ${PERSON}`],
    ['one as a person after a noun', 'src/a.ts', '/** Renders only the rows one sees. */', `1: ${PERSON}`],
    [
      'one as a person in a condition',
      'src/a.ts',
      '/** The part of the axis, if one has chosen it. */',
      `1: ${PERSON}`,
    ],
    [
      'one as a person who needs something',
      'src/a.ts',
      '/** Every figure that one needs to judge it. */',
      `1: ${PERSON}`,
    ],
    ['one as a person in a string', 'src/a.ts', "test('a range that one has chosen', () => {", `1: ${PERSON}`],
    [
      'things that lie over each other',
      'a.md',
      'Labels never lie over each other.',
      '1: overlap, are stacked, are side by side',
    ],
    ['a table of a document', 'a.md', '| a | b |\n|---|---|\n| x | set anew |', '3: again'],
  ])('finds %s', (_, path, content, fault) => {
    expect(faultsIn(path, content)).toContain(fault);
  });

  test.each([
    ['a question', 'a.md', 'What is an event?'],
    ['quoted code', 'a.md', 'The label is `anew`.'],
    ['one as a thing', 'a.md', 'The next one sees it, this one reads a frame, and one sees the other.'],
    ['one as a number', 'a.md', 'One run has two trials, and no one reads the other one has set.'],
    ['one after a determiner', 'a.md', 'A head without one does not sort, unless that one needs it.'],
    ['an identifier', 'src/a.ts', "const anew = 'anew';"],
    ['the table of wordings to avoid', 'CONTRIBUTING.md', '| not | but |\n|---|---|\n| anew, begun | again, started |'],
  ])('passes over %s', (_, path, content) => {
    expect(faultsIn(path, content)).toEqual([]);
  });

  test('reads on after the table of wordings to avoid', () => {
    expect(faultsIn('CONTRIBUTING.md', '| not | but |\n|---|---|\n| anew | again |\n\nThe world is gone.')).toEqual([
      '5: a dependency, or its name',
    ]);
  });
});
