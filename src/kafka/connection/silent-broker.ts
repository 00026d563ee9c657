import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';

// kafkajs is a CommonJS module, and Node detects only some of its exports.
const { KafkaJSConnectionError } = kafkajs;

/** The members of kafkajs's pool of the connections to one broker that are needed here. */
interface ConnectionPool {
  readonly host: string;
  readonly port: number;
  readonly pool: readonly { readonly socket?: { destroy(error: Error): void } | null }[];
}

type Send = ((this: ConnectionPool, request: object) => Promise<unknown>) & { readonly replaced?: true };

const MODULE = 'kafkajs/src/network/connectionPool';

/**
 * Makes kafkajs close the connections to a broker that leaves a request unanswered for the time of a request. kafkajs itself
 * fails that request and keeps the connections: a suspended broker whose partitions have moved gets the next requests too,
 * also those that would show who leads now, and each of them waits as long. A closed connection makes kafkajs look for the
 * leaders at the other brokers, as Kafka's own client does. Safe to call twice.
 */
export function abandonSilentBrokers(): void {
  const { prototype } = createRequire(import.meta.url)(MODULE) as { prototype: { send: Send } };
  const original = prototype.send;
  if (original.replaced === true) return;
  const send: Send = async function send(this: ConnectionPool, request) {
    try {
      return await original.call(this, request);
    } catch (error) {
      if ((error as Error).name !== 'KafkaJSRequestTimeoutError') throw error;
      const broker = `${this.host}:${this.port}`;
      const silent = new KafkaJSConnectionError(`${broker} does not answer: ${(error as Error).message}`, { broker });
      for (const { socket } of this.pool) socket?.destroy(silent);
      throw silent;
    }
  };
  prototype.send = Object.assign(send, { replaced: true as const });
}
