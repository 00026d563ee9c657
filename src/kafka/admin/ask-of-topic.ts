import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaUnavailable } from '../../record.ts';

const ATTEMPTS = 5;
const PAUSE_MS = 50;

/**
 * Asks an admin client of kafkajs about `topic` (a name on the broker), again while its metadata lack the topic.
 *
 * They lack it for a moment when two calls add a topic each: both wait for one refresh, which was requested for the first topic
 * only. The answer then has no partitions, or kafkajs fails with a TypeError, as it does while leaders change. After
 * {@link ATTEMPTS} that is thrown as {@link KafkaUnavailable}, without its cause: a TypeError counts as a bug of this program,
 * which ends the process instead of trying again.
 */
export async function askOfTopic<T>(topic: string, ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const partitions = await ask().catch((error: unknown) => {
      if (error instanceof TypeError) return [];
      throw error;
    });
    if (partitions.length > 0) return partitions;
    if (attempt < ATTEMPTS) await sleep(PAUSE_MS);
  }
  throw new KafkaUnavailable(`the brokers name no leader for the partitions of ${topic}`);
}
