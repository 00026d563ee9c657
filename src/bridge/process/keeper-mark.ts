import { readlinkSync } from 'node:fs';
import { processStat } from '../../process-stat.ts';

/** The environment variable by which a process is recognised as part of the tree of a keeper, whatever its parent. */
export const MARK = 'THUNDERLINE_KEEPER';

/** The bridge that started a keeper. Id and start time together identify one process of a PID namespace. */
export interface BridgeIdentity {
  readonly namespace: string;
  readonly pid: number;
  readonly startTime: string;
}

/** When the process started, in ticks since the start of the machine; undefined if no live process has this id. */
export const startTimeOf = (pid: number): string | undefined => processStat(pid)?.[19];

/** The PID namespace of this process: in another one, the same id is another process. */
export function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

export const thisBridge = (): BridgeIdentity => ({
  namespace: pidNamespace(),
  pid: process.pid,
  startTime: startTimeOf(process.pid) ?? '0',
});

/** The value of {@link MARK} for one keeper of a bridge. */
export const markOf = ({ namespace, pid, startTime }: BridgeIdentity, keeper: string): string =>
  `${namespace}:${pid}:${startTime}:${keeper}`;

/** The bridge in a value of {@link MARK}; undefined for any other text. */
export function bridgeOfMark(mark: string): BridgeIdentity | undefined {
  const [, namespace, pid, startTime] = /^(\d+):(\d+):(\d+):/.exec(mark) ?? [];
  if (namespace === undefined || pid === undefined || startTime === undefined) return undefined;
  return { namespace, pid: Number(pid), startTime };
}
