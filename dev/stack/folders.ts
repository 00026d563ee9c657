import { join } from 'node:path';

export const PROJECT = join(import.meta.dirname, '../..');

/** The folder for state and logs of `npm start` and `npm run demo`. */
export const HOME = join(PROJECT, '.thunderline');

/** The folder for downloaded programs, shared by every home of this checkout. */
export const PARTS_FOLDER = join(HOME, 'parts');
