import { hash } from 'node:crypto';
import type { Topic } from '../topics.ts';
import type { Window } from './within-window.ts';

/** The records of a replay and the sinks that they are written to. */
export interface Selection extends Window {
  /** The origin of the records, as text: `topics` or the address of an archive. */
  readonly source: string;
  readonly topics: readonly Topic[];
  readonly sinks: readonly string[];
  /** Id of the run whose records are replayed; undefined for all. */
  readonly run: string | undefined;
}

/** A name that is the same for equal selections, under which the position of an interrupted replay is kept. */
export const selectionName = (selection: Selection): string => hash('sha256', JSON.stringify(selection)).slice(0, 12);
