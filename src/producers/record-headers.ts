import type { Headers } from '../record.ts';

/**
 * The headers of every record of `ml.events` and `ml.commands`.
 *
 * @param event the name of the event, or the operation of the command.
 */
export const recordHeaders = (id: string, event: string, correlationId: string, traceparent: string): Headers => ({
  'event-id': id,
  event,
  'correlation-id': correlationId,
  traceparent,
});
