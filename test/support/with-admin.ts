import { loadConfig } from '../../src/config.ts';
import { createKafka, type KafkaAdmin } from '../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../src/log.ts';

/** Runs `work` with a connection for administration to the Kafka of an environment, and closes the connection. */
export async function withAdmin<T>(
  environment: Readonly<Record<string, string | undefined>>,
  work: (admin: KafkaAdmin) => Promise<T>,
): Promise<T> {
  const admin = createKafka(loadConfig(environment).kafka, 'test', { log: createLog('silent') }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
