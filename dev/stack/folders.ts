import { join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '../..');

/** State and logs of `npm start` and `npm run demo`. */
export const HOME = join(PROJECT, '.thunderline');

/** Downloaded programs, for every home of this checkout. */
export const PARTS_FOLDER = join(HOME, 'parts');
