import type { EventName, EventOf } from '../../src/events/event.ts';
import type { EventLimits } from '../../src/events/fault.ts';
import { type Parsed, parseEvent, type Receipt } from '../../src/events/parse.ts';

export const RECEIVED_AT = Date.UTC(2026, 10, 21, 12);
export const FRESH_ID = '019aa6c0-0000-7000-8000-000000000001';

/** Parses as if received at {@link RECEIVED_AT}; an id from the receipt is {@link FRESH_ID}. */
export const receive = (input: unknown, receipt: Partial<Receipt> = {}, limits?: EventLimits): Parsed =>
  parseEvent(input, { receivedAt: RECEIVED_AT, freshId: () => FRESH_ID, ...receipt }, limits);

/** The event of an input that has no fault. */
export function accept<Name extends EventName>(name: Name, input: object, receipt?: Partial<Receipt>): EventOf<Name> {
  const parsed = receive({ event: name, ...input }, receipt);
  if (!parsed.ok) throw new Error(`refused: ${JSON.stringify(parsed.faults)}`);
  return parsed.event as EventOf<Name>;
}

/** The faults of an input as `code path`, in order; none when it is accepted. */
export function refuse(input: unknown, limits?: EventLimits): string[] {
  const parsed = receive(input, {}, limits);
  return parsed.ok ? [] : parsed.faults.map(({ code, path }) => `${code} ${path}`);
}
