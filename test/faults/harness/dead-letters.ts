import type { DeadLetter } from '../../../src/avro/records.ts';
import { loadSchemas } from '../../../src/avro/schemas.ts';
import { WIRE_HEADER_BYTES } from '../../../src/avro/wire.ts';
import { readTopic } from './read-topic.ts';
import type { FaultWorld } from './world.ts';

/** Every dead letter there is, replayed or not, read by the schema we have: the registry may be what was broken. */
export async function readDeadLetters(world: FaultWorld): Promise<DeadLetter[]> {
  const { type } = loadSchemas().DeadLetter;
  const letters = await readTopic(world, 'ml.deadletters');
  // A record without a value says that a letter was replayed.
  return letters.flatMap(({ value }) => (value === null ? [] : [type.fromBuffer(value.subarray(WIRE_HEADER_BYTES))]));
}
