import { describe, expect, test } from '@jest/globals';
import { faultsOf, passagesOf } from './language.ts';

const faultsIn = (path: string, content: string): string[] =>
  passagesOf(path, content)
    .flatMap(faultsOf)
    .map(({ line, instead }) => `${line}: ${instead}`);

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
    ['a table of a document', 'a.md', '| a | b |\n|---|---|\n| x | set anew |', '3: again'],
  ])('finds %s', (_, path, content, fault) => {
    expect(faultsIn(path, content)).toContain(fault);
  });

  test.each([
    ['a question', 'a.md', 'What is an event?'],
    ['quoted code', 'a.md', 'The label is `anew`.'],
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
