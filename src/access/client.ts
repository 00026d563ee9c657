import { networkOf } from './network-of.ts';

/**
 * The party that a share is counted for: an API key, or the network of an address where there is no key. Two requests come
 * from the same client exactly when these texts are equal, so it serves as a key of maps and as part of stored names.
 */
export type Client = `key:${string}` | `address:${string}`;

export const clientOfKey = (id: string): Client => `key:${id}`;

export const clientOfAddress = (address: string): Client => `address:${networkOf(address)}`;
