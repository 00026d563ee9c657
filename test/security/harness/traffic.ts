import { setTimeout as sleep } from 'node:timers/promises';
import { connectProducer } from '../../../src/kafka/client/connect-producer.ts';
import type { KafkaClient } from '../../../src/kafka/connection/create-kafka.ts';
import { createMetrics } from '../../../src/metrics.ts';

const EVERY_MS = 20;

/** Records that are sent to a topic one after the other. */
export interface Traffic {
  readonly sent: number;
  /** The messages of the errors of sends that failed. */
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

export async function startTraffic(kafka: KafkaClient, topic: string): Promise<Traffic> {
  const producer = await connectProducer(kafka, { deadlineMs: 10_000 }, createMetrics());
  const failures: string[] = [];
  let sent = 0;
  let isStopping = false;
  async function run(): Promise<void> {
    while (!isStopping) {
      try {
        await producer.send([{ topic, key: null, value: Buffer.from('x') }]);
        sent += 1;
      } catch (error) {
        failures.push((error as Error).message);
      }
      await sleep(EVERY_MS);
    }
  }
  const running = run();
  return {
    get sent() {
      return sent;
    },
    failures,
    async stop() {
      isStopping = true;
      await running;
      await producer.close();
    },
  };
}
