import type { IncomingMessage } from 'node:http';
import type { Access } from '../../access/access.ts';
import type { Reservation } from '../budget.ts';
import type { IngestLimits } from './limits.ts';
import type { Encoding } from './media.ts';
import type { Turns } from './turns.ts';

/** A request that was admitted, with its body still to be read. */
export interface Post {
  readonly request: IncomingMessage;
  readonly encoding: Encoding;
  /** The length of the body as its head announces it, in bytes; 0 if it announces none. */
  readonly announced: number;
  readonly access: Access;
  readonly lease: Reservation;
  readonly limits: IngestLimits;
  readonly turns: Turns;
  /** When the whole body had arrived, in milliseconds of `performance.now()`; undefined before. Set by the reader of the body. */
  arrivedAt: number | undefined;
}
