import { randomInt } from 'node:crypto';
import { freePort as freePortFrom } from '../../dev/stack/ports.ts';

/** Between the ports of the parts and the ephemeral ones, which the system gives to any connection of another test file. */
const FIRST_PORT = 29_100;
const PORTS = 1_800;

/** A port for a server that starts later. Files that run at the same time get different ones, most probably. */
export const freePort = (): Promise<number> => freePortFrom(FIRST_PORT + randomInt(PORTS));
