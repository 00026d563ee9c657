import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { killGroup } from '../machine/kill-group.ts';
import { groupAlive, startTimeOf } from '../machine/process-identity.ts';
import { createWhole, markOwner, type ProcessRecord, placeMark, readJson } from '../machine/process-mark.ts';
import type { Secrets } from '../parts/part.ts';

/** Guards give their child at most five seconds before they kill it; with the killing itself this is ample. */
const LEFTOVERS_TIMEOUT_MS = 10_000;

/** Another process runs parts on the home. */
export class HomeTaken extends Error {
  constructor(home: string, pid: number) {
    super(`Thunderline already runs on ${home} as process ${pid}; stop that process first.`);
    this.name = 'HomeTaken';
  }
}

const markOf = (home: string): string => join(home, 'running.json');

/** The id of the process that runs parts on `home`; undefined when none does. */
export const processOn = (home: string): number | undefined => markOwner(markOf(home));

/** Makes this process the only one that runs parts on `home`, and returns the function that gives the home up. */
export function claimHome(home: string): () => void {
  const mark = placeMark(markOf(home));
  if ('owner' in mark) throw new HomeTaken(home, mark.owner);
  return mark.remove;
}

/** The folder of `home` that records the process group of each part while the part runs. */
export function groupsFolder(home: string): string {
  return join(home, 'groups');
}

/**
 * Waits for the parts of a start that was killed: their guards are shutting them down, and two servers must not open
 * the same data. Parts that are still there after ten seconds are killed.
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

/** The passwords of the home, generated at its first start. */
export function secretsOf(home: string): Secrets {
  const path = join(home, 'secrets.json');
  const secret = (bytes: number): string => randomBytes(bytes).toString('hex');
  const fresh: Secrets = { postgresPassword: secret(16), s3AccessKey: secret(10), s3SecretKey: secret(20) };
  createWhole(path, `${JSON.stringify(fresh, null, 2)}\n`);
  const secrets = readJson<Secrets>(path);
  if (!secrets) throw new Error(`${path} cannot be read, and the data in ${home} needs it: remove both.`);
  return secrets;
}
