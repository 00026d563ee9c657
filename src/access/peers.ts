import type { KeyUsage } from './quotas.ts';

/** The other processes of a gateway. */
export interface Peers {
  /** Sends the usage of keys in this process to all others. */
  send(usage: readonly KeyUsage[]): void;
  /** Sets the function that is called with the usage of keys in another process. */
  onUsage(apply: (usage: readonly KeyUsage[]) => void): void;
}
