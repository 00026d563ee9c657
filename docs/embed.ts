import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FLOORS } from '../test/floors.ts';
import { codes, table } from './markdown.ts';

/** The example as it would read in `src/roles/`, where the imports of neighbours come last. */
export function exampleRole(): string {
  const file = readFileSync(join(import.meta.dirname, 'example-role.ts'), 'utf8');
  const [imports = '', ...rest] = file.replaceAll("'../src/roles/", "'./").replaceAll("'../src/", "'../").split('\n\n');
  const lines = imports.split('\n');
  const isNeighbour = (line: string): boolean => line.includes("'./");
  const sorted = [...lines.filter((line) => !isNeighbour(line)), ...lines.filter(isNeighbour)];
  return [sorted.join('\n'), ...rest].join('\n\n');
}

const floors = (): string =>
  table(
    ['Floor', 'Rooms of `src/`, the highest floor first'],
    Object.entries<readonly string[]>(FLOORS)
      .map(([name, rooms]) => [name, codes(rooms.map((room) => (room.includes('.') ? room : `${room}/`)))])
      .reverse(),
  );

const BLOCKS: Readonly<Record<string, () => string>> = {
  example: () => `\`\`\`ts\n${exampleRole()}\`\`\``,
  floors,
};

/**
 * A hand-written page with its embedded blocks as the code is now: the text between `<!-- example -->` and `<!-- /example -->`
 * is replaced. Throws if a block of {@link BLOCKS} is missing.
 */
export function embedBlocks(page: string): string {
  let result = page;
  for (const [name, block] of Object.entries(BLOCKS)) {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [result.indexOf(begin), result.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`the page has no ${begin} followed by ${end}`);
    result = `${result.slice(0, from + begin.length)}\n${block()}\n${result.slice(to)}`;
  }
  return result;
}
