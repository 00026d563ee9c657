import type { IncomingMessage } from 'node:http';
import { type LoggedIds, loggedIds } from '../log.ts';

/** The ids that the caller gave its request: `traceparent` (W3C) and `x-correlation-id`. */
export const idsOfRequest = ({ headers }: IncomingMessage): LoggedIds =>
  loggedIds(headers.traceparent as string | undefined, headers['x-correlation-id'] as string | undefined);
