import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Secrets } from '../parts/part.ts';
import { killGroup } from './kill-group.ts';
import { groupAlive, startTimeOf } from './process-identity.ts';

interface ProcessRecord {
  readonly pid: number;
  readonly startTime: string | undefined;
}

/** Guards give their child at most five seconds before they kill it; with the killing itself this is ample. */
const LEFTOVERS_TIMEOUT_MS = 10_000;

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Creates `path` with its whole content, or returns false when it exists: no reader ever sees a half-written file. */
function createWhole(path: string, content: string): boolean {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(temporary, content, { mode: 0o600 });
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Another process runs parts on the home. */
export class HomeTaken extends Error {
  constructor(home: string, pid: number) {
    super(`Thunderline already runs on ${home} as process ${pid}; stop that one first.`);
    this.name = 'HomeTaken';
  }
}

/**
 * Makes this process the only one that runs parts on `home`, and returns what gives it up. The mark of a process that
 * is gone (its id is free, or another program's by now) is taken over.
 */
export function claimHome(home: string): () => void {
  const path = join(home, 'running.json');
  const mine = JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) });
  for (let attempt = 0; attempt < 3; attempt++) {
    if (createWhole(path, mine)) return () => rmSync(path, { force: true });
    const other = readJson<ProcessRecord>(path);
    if (other && startTimeOf(other.pid) !== undefined && startTimeOf(other.pid) === other.startTime) {
      throw new HomeTaken(home, other.pid);
    }
    rmSync(path, { force: true });
  }
  throw new Error(`${path} could not be claimed: another process keeps taking it.`);
}

/** Where the process group of each part is written down while it runs. */
export function groupsFolder(home: string): string {
  return join(home, 'groups');
}

/**
 * Waits for the parts of a start that was killed: their guards are shutting them down, and data must not be opened
 * twice. What is still there after ten seconds is killed.
 */
export async function awaitLeftovers(home: string): Promise<void> {
  const folder = groupsFolder(home);
  mkdirSync(folder, { recursive: true });
  const deadline = Date.now() + LEFTOVERS_TIMEOUT_MS;
  for (const name of readdirSync(folder)) {
    const record = readJson<ProcessRecord>(join(folder, name));
    if (record) await awaitGroup(record, deadline);
    rmSync(join(folder, name), { force: true });
  }
}

async function awaitGroup({ pid, startTime }: ProcessRecord, deadline: number): Promise<void> {
  const leader = startTimeOf(pid);
  if (leader !== undefined && leader !== startTime) return;
  while (groupAlive(pid)) {
    if (Date.now() > deadline) return killGroup(pid);
    await delay(50);
  }
}

/** The home's own passwords, made at its first start. */
export function secretsOf(home: string): Secrets {
  const path = join(home, 'secrets.json');
  const secret = (bytes: number): string => randomBytes(bytes).toString('hex');
  const fresh: Secrets = { postgresPassword: secret(16), s3AccessKey: secret(10), s3SecretKey: secret(20) };
  createWhole(path, `${JSON.stringify(fresh, null, 2)}\n`);
  const secrets = readJson<Secrets>(path);
  if (!secrets) throw new Error(`${path} cannot be read; without it the data in ${home} is of no use, remove both.`);
  return secrets;
}
