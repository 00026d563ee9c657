import type { IncomingMessage } from 'node:http';
import type { Access } from '../../access/access.ts';
import type { EventLimits } from '../../events/fault.ts';
import type { BodyLimits } from './body.ts';
import type { Lease } from './budget.ts';
import type { Intake } from './intake.ts';
import type { EncodingName } from './media.ts';
import type { Publisher } from './publisher.ts';

export interface IngestLimits extends BodyLimits {
  readonly maxEvents: number;
  readonly maxEventBytes: number;
  readonly event: EventLimits;
}

/** A request that was let in, with its body still to be read. */
export interface Posted {
  readonly request: IncomingMessage;
  readonly encoding: EncodingName;
  readonly access: Access;
  readonly lease: Lease;
  readonly limits: IngestLimits;
  /** Begins to take its events; `alone` when it is one event by itself and no batch. */
  begin(alone: boolean): { readonly intake: Intake; readonly publisher: Publisher };
}
