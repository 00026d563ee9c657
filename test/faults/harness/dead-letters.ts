import type { DeadLetter } from '../../../src/avro/records.ts';
import { loadSchemas } from '../../../src/avro/schemas.ts';
import { WIRE_HEADER_BYTES } from '../../../src/avro/wire.ts';
import type { FaultWorld } from './fault-world.ts';
import { readTopic } from './read-topic.ts';

/** Every dead letter, replayed or not. It is decoded with the local schema, because the registry may be broken. */
export async function readDeadLetters(world: FaultWorld): Promise<DeadLetter[]> {
  const { type } = loadSchemas().DeadLetter;
  const letters = await readTopic(world, 'ml.deadletters');
  // A record without a value marks a letter as replayed.
  return letters.flatMap(({ value }) => (value === null ? [] : [type.fromBuffer(value.subarray(WIRE_HEADER_BYTES))]));
}
