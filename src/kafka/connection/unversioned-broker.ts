import { createRequire } from 'node:module';

/** The members of kafkajs's broker that are needed here. */
interface Broker {
  /** The requests that the broker supports; null until it has answered. */
  readonly versions: object | null;
  isConnected(): boolean;
}

type IsConnected = ((this: Broker) => boolean) & { replaced?: true };

const MODULE = 'kafkajs/src/broker';

/**
 * Counts a broker as connected only once it has answered which requests it supports. kafkajs asks first thing after it opened
 * the socket. If that request times out, because the broker is suspended, kafkajs takes the open socket for a connection,
 * never asks again, and rejects every request on it with "Broker not connected" until the broker closes the socket, which
 * takes ten minutes (`connections.max.idle.ms`). With this, the next attempt asks again. Safe to call twice.
 */
export function reconnectUnversionedBrokers(): void {
  const { prototype } = createRequire(import.meta.url)(MODULE) as { prototype: { isConnected: IsConnected } };
  const original = prototype.isConnected;
  if (original.replaced === true) return;
  const isConnected: IsConnected = function isConnected(this: Broker) {
    return this.versions !== null && original.call(this);
  };
  prototype.isConnected = Object.assign(isConnected, { replaced: true as const });
}
