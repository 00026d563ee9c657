import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface WrkPlan {
  readonly url: string;
  /** Bodies that are posted in turn. */
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}

export interface WrkResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The line of wrk about requests that were not answered 2xx; undefined when all were. */
  readonly failed: string | undefined;
}

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000 };

function latency(output: string, percent: number): number {
  const [, value, unit] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s|m)`).exec(output) ?? [];
  return Number(value) * (UNITS[String(unit)] ?? Number.NaN);
}

/** Runs wrk, a load generator in C that leaves the processors to the measured server. */
export async function runWrk({ url, bodies, connections, seconds }: WrkPlan): Promise<WrkResult> {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-wrk-'));
  try {
    const file = join(folder, 'bodies');
    writeFileSync(file, `${bodies.join('\n')}\n`);
    const script = join(import.meta.dirname, 'post.lua');
    const load = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '--latency'];
    const args = [...load, '-s', script, `${url}/api/events/ml`];
    const { stdout } = await promisify(execFile)('wrk', args, { env: { ...process.env, BODIES: file } });
    const failed = /(Non-2xx.*|Socket errors.*)/.exec(stdout)?.[1];
    const requestsPerSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
    return { requestsPerSecond, p50Ms: latency(stdout, 50), p99Ms: latency(stdout, 99), failed };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
