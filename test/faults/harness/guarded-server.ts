import { readFileSync } from 'node:fs';

/** The process id of a server that runs as the child of its guard (dev/stack/guard.sh). */
export function guardedServer(guard: number, name: string): number {
  const children = readFileSync(`/proc/${guard}/task/${guard}/children`, 'utf8').trim().split(' ');
  const server = children.map(Number).find((pid) => !readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('sh'));
  if (server === undefined) throw new Error(`${name} has no process`);
  return server;
}

/** The state of a process in the kernel: R and S are running, T is suspended. */
export function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}
