import { type Codec, createCodec } from '../../src/avro/codec.ts';
import { connectRegistry, type Registry } from '../../src/avro/registry.ts';
import { loadSchemas } from '../../src/avro/schemas.ts';
import { loadConfig } from '../../src/config.ts';
import { TOPIC_NAMES } from '../../src/topics.ts';
import { createWorld } from '../support/world.ts';

export const schemas = loadSchemas();

/** Time for one answer of the registry: on a busy machine its first ones take longer than a role waits before it asks again. */
export const ANSWER_MS = 30_000;

export interface AvroWorld {
  readonly topicPrefix: string;
  readonly registryUrl: string;
  readonly registry: Registry;
  readonly codec: Codec;
  close(): Promise<void>;
}

/** A codec on the real registry, under subjects of its own. */
export async function createAvroWorld(): Promise<AvroWorld> {
  const world = await createWorld();
  const config = loadConfig(world.environment);
  const registryUrl = config.registry.url.toString().replace(/\/$/, '');
  const { topicPrefix } = config.kafka;
  const registry = connectRegistry(config.registry, ANSWER_MS);
  const codec = await createCodec(registry, schemas, topicPrefix, TOPIC_NAMES);
  return { topicPrefix, registryUrl, registry, codec, close: () => world.close() };
}

/** The real registry, counting what it is asked. */
export function counting(registry: Registry): Registry & { asked: number } {
  const counted = {
    asked: 0,
    register: registry.register,
    schemaText(id: number) {
      counted.asked += 1;
      return registry.schemaText(id);
    },
  };
  return counted;
}
