import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';

const V1 = { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' } as const;
const V2 = { root: '/sys/fs/cgroup', limit: 'memory.max' } as const;
const { root, limit } = existsSync(V1.root) ? V1 : V2;

/** Whether this account may create control groups; prints the reason if not. Creates none. */
export function mayCreateMemoryGroups(): boolean {
  try {
    accessSync(root, constants.W_OK);
    return limit === V1.limit || existsSync(`${root}/cgroup.subtree_control`);
  } catch (error) {
    console.log(`no test of the kernel's out-of-memory killer: ${(error as Error).message}`);
    return false;
  }
}

/** Runs `work` with the path of a control group with this limit of memory, and removes the group. */
export async function withMemoryGroup(bytes: number, work: (path: string) => Promise<void>): Promise<void> {
  const path = `${root}/thunderline-test-${randomBytes(5).toString('hex')}`;
  mkdirSync(path);
  try {
    writeFileSync(`${path}/${limit}`, String(bytes));
    await work(path);
  } finally {
    rmdirSync(path);
  }
}
