import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Differences that an error lists. */
const LISTED = 5;

/** SHA-256 by file name, in the format of `sha256sum`. */
type Pins = ReadonlyMap<string, string>;

export const sha256Of = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** The content of a list of pins for the files in `directory`. */
export const pinsOf = (directory: string): string =>
  readdirSync(directory)
    .sort()
    .map((name) => `${sha256Of(join(directory, name))}  ${name}\n`)
    .join('');

function parsePins(list: string): Pins {
  const lines = list.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}

/**
 * Compares the files in `directory` with the pinned list. Maven checks a file only against the checksum that the same
 * repository publishes; the list is committed, so a file that was replaced there is refused.
 *
 * @param source names the list in the error, as in `dev/parts/kafka.sha256`.
 */
export function verifyPins(directory: string, list: string, source: string): void {
  const pins = parsePins(list);
  const found = readdirSync(directory);
  const faults = [
    ...found.flatMap((name) => {
      const [pinned, actual] = [pins.get(name), sha256Of(join(directory, name))];
      return pinned === undefined || pinned === actual ? [] : [`${name} has the SHA-256 ${actual}, not ${pinned}`];
    }),
    ...found.filter((name) => !pins.has(name)).map((name) => `${name} is not in the list`),
    ...[...pins.keys()].filter((name) => !found.includes(name)).map((name) => `${name} was not fetched`),
  ];
  if (faults.length === 0) return;
  const listed =
    faults.slice(0, LISTED).join('; ') + (faults.length > LISTED ? ` and ${faults.length - LISTED} more` : '');
  throw new Error(
    `The fetched files differ from ${source} and are not used: ${listed}. A damaged download is fetched again` +
      ' once it is deleted from the local Maven repository (~/.m2/repository). After an intended change of version, run `npm run pins`.',
  );
}
