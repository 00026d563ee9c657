import { createEncoder } from '../../src/avro/encoder.ts';
import { loadSchemas } from '../../src/avro/schemas.ts';
import { EVENT_RECORDS, type MlEvent } from '../../src/events/event.ts';
import { parseEvent } from '../../src/events/parse.ts';
import { createIdSource } from '../../src/http/id-source.ts';
import { readJson } from '../../src/http/json/read-json.ts';
import { type Figure, format } from '../table.ts';

const EVENTS = 200_000;
const LIMITS = { maxBytes: 262_144, maxEntries: 34_000, maxExactEntries: 11_000 };
/** An id like those of the registry. */
const SCHEMA_ID = 7;
const schemas = loadSchemas();
const encode = createEncoder();
const ids = createIdSource();

function eventOf(body: Buffer): MlEvent {
  const read = readJson(body, LIMITS);
  const receivedAt = Date.now();
  const freshId = (): string => ids.eventId(receivedAt);
  const parsed = read.ok ? parseEvent(read.value, { receivedAt, freshId }) : undefined;
  if (!parsed?.ok) throw new Error(`an event of the benchmark was rejected: ${JSON.stringify(parsed ?? read)}`);
  return parsed.event;
}

const encoded = (event: MlEvent): Buffer => encode(SCHEMA_ID, schemas[EVENT_RECORDS[event.event]].type, event);

/** Milliseconds for each call of `work`, once its code is compiled. */
function each(work: (index: number) => void): number {
  for (let index = 0; index < EVENTS / 4; index += 1) work(index);
  const started = performance.now();
  for (let index = 0; index < EVENTS; index += 1) work(index);
  return (performance.now() - started) / EVENTS;
}

/** The cost of one metric event without a network. `bodies` contain one event each. */
export function measureEventCost(bodies: readonly string[]): readonly Figure[] {
  const buffers = bodies.map((body) => Buffer.from(body));
  const at = (index: number): Buffer => buffers[index % buffers.length] as Buffer;
  const values = buffers.map((buffer) => JSON.parse(buffer.toString()) as unknown);
  const receivedAt = Date.now();
  const freshId = (): string => '0199b4f2-6d1c-7c3e-9a55-0d7f5f6c2a11';
  const validateMs = each((index) => void parseEvent(values[index % values.length], { receivedAt, freshId }));
  const wholeMs = each((index) => void encoded(eventOf(at(index))));
  const bytes = Math.max(...buffers.map((buffer) => encoded(eventOf(buffer)).length));
  return [
    {
      work: 'Validate one event',
      measured: `${format(validateMs, 4)} ms`,
      toReach: 'under 0.01 ms',
      met: validateMs < 0.01,
    },
    {
      work: 'Read, validate, build and encode one event',
      measured: `${format(wholeMs, 4)} ms`,
      toReach: 'under 0.05 ms',
      met: wholeMs < 0.05,
    },
    {
      work: 'A metric event of two measurements, Avro in wire format',
      measured: `${bytes} bytes`,
      toReach: 'at most 200 bytes',
      met: bytes <= 200,
    },
  ];
}
