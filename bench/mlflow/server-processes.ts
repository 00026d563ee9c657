import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** State of a listening socket in /proc/net/tcp. */
const LISTENING = '0A';
/** The unit of the times in /proc/PID/stat, on every Linux that Node runs on. */
const TICK_MS = 10;

/**
 * The processes that accept connections on a port of this machine: a server and its workers, which share its socket. Only
 * Linux shows them, and only those of the same account.
 */
export function processesListeningOn(port: number): readonly string[] {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listening(table, port)));
  const found = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && socketsOf(pid).some((at) => inodes.has(at)));
  if (found.length === 0) throw new Error(`no process of this account listens on port ${port}, so its CPU is unknown`);
  return found;
}

function listening(table: string, port: number): string[] {
  const address = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync(`/proc/net/${table}`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(address) && state === LISTENING)
    .map((fields) => `socket:[${fields[9]}]`);
}

/** The sockets of a process; none if it has ended or belongs to another user. */
function socketsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

/** The CPU time that processes have used since their start, in milliseconds. */
export const cpuMsOf = (pids: readonly string[]): number => pids.reduce((sum, pid) => sum + cpuMs(pid), 0);

function cpuMs(pid: string): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in parentheses, may have spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
