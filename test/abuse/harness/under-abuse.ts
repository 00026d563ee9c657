import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { migrate } from '../../../src/store/migrate.ts';
import { type ServeProcess, serveGateway } from '../../http/process.ts';
import { createWorld } from '../../support/world.ts';
import { startHonestClient } from './honest-client.ts';

export interface AbuseOptions {
  /** The name of a file in `attacks/`. */
  readonly attack: string;
  /** Settings of the gateway besides those of the test environment. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long the attack lasts. */
  readonly seconds?: number;
  /** Called while the attack lasts, after half of its time. */
  readonly during?: (gateway: ServeProcess) => Promise<void>;
}

/** The effects of an attack on the gateway and on a client that posts events meanwhile. */
export interface Effects {
  /** The greatest resident memory of the process since its start, in MiB. */
  readonly rssMiB: number;
  /** The longest time the event loop was late, in milliseconds. */
  readonly stallMs: number;
  /** The 95th percentile of the other client's latencies, in milliseconds. */
  readonly p95Ms: number;
  readonly answered: number;
  /** Requests of the other client that were not answered 202. */
  readonly failures: readonly string[];
  /** The same before the attack: the noise of the machine. */
  readonly before: Pick<Effects, 'stallMs' | 'p95Ms'>;
}

/** The bounds that every attack must leave intact. */
export const BOUNDS = { rssMiB: 400, stallMs: 100, p95Ms: 100 };

const EVENTS_PER_SECOND = 25;
const WARM_UP_MS = 2_000;
const ATTACKS = join(import.meta.dirname, '../attacks');

/** Runs an attack against a gateway process of its own, and reports the effects. */
export async function underAbuse({ attack, settings = {}, seconds = 6, during }: AbuseOptions): Promise<Effects> {
  const world = await createWorld();
  await migrate(world.databaseUrl);
  const gateway = await serveGateway({ ...world.environment, ...settings });
  const client = startHonestClient(gateway.url, EVENTS_PER_SECOND);
  try {
    await delay(WARM_UP_MS);
    await longestStallMs(gateway);
    client.observed();
    await delay(WARM_UP_MS);
    const before = { stallMs: await longestStallMs(gateway), p95Ms: p95(client.observed().latenciesMs) };
    const { hostname, port } = new URL(gateway.url);
    const attacker = fork(join(import.meta.dirname, 'run-attack.ts'), [join(ATTACKS, `${attack}.ts`), hostname, port], {
      execArgv: [],
    });
    const ended = once(attacker, 'exit');
    await Promise.race([delay(seconds * 500), ended.then(([code]) => expect(code).toBe(0))]);
    await during?.(gateway);
    await delay(seconds * 500);
    const { latenciesMs, failures } = client.observed();
    const stallMs = await longestStallMs(gateway);
    attacker.disconnect();
    await ended;
    return {
      rssMiB: peakRssMiB(gateway.pid),
      stallMs,
      p95Ms: p95(latenciesMs),
      answered: latenciesMs.length,
      failures,
      before,
    };
  } finally {
    await client.stop();
    gateway.kill('SIGTERM');
    await gateway.exited;
    await world.close();
  }
}

/** Expects that the gateway kept within {@link BOUNDS} and that the other client was served throughout. */
export function expectWithinBounds(effects: Effects): void {
  const { rssMiB, stallMs, p95Ms, answered, failures, before } = effects;
  console.info(
    `${expect.getState().currentTestName}: RSS ${rssMiB.toFixed(0)} MiB, longest stall ${stallMs.toFixed(0)} ms ` +
      `(${before.stallMs.toFixed(0)} before), p95 of others ${p95Ms.toFixed(0)} ms (${before.p95Ms.toFixed(0)} before) ` +
      `over ${answered} requests, ${failures.length} failed`,
  );
  expect(failures).toEqual([]);
  expect(answered).toBeGreaterThan(EVENTS_PER_SECOND);
  expect(rssMiB).toBeLessThan(BOUNDS.rssMiB);
  expect(stallMs).toBeLessThan(BOUNDS.stallMs);
  expect(p95Ms).toBeLessThan(BOUNDS.p95Ms);
}

const p95 = (latenciesMs: readonly number[]): number =>
  latenciesMs.toSorted((a, b) => a - b)[Math.floor(latenciesMs.length * 0.95)] ?? Number.POSITIVE_INFINITY;

/** Reads the longest stall of the event loop since the last call; reading it resets it. */
async function longestStallMs({ url }: ServeProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text)?.[1]) * 1_000;
}

/** The kernel's high-water mark of the process. */
function peakRssMiB(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}
