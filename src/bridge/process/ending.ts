import { constants } from 'node:os';

/** How a kept program ended, with all its descendants. */
export interface Ending {
  readonly cause: EndingCause;
  readonly code?: number | undefined;
  readonly signal?: string | undefined;
  /** Descendants that were still running when the program ended, and were killed. */
  readonly strays: number;
  /** Processes that could not be killed. */
  readonly left: number;
  /** The greatest observed memory of the tree; 0 if no limit required measuring it. */
  readonly peakKib: number;
  /** The number of the error with which the program could not be executed, or 0. */
  readonly execErrno: number;
}

export type EndingCause =
  /** It ended by itself. */
  | 'exit'
  /** The bridge asked for its end. */
  | 'stop'
  | 'kill'
  /** A process other than the bridge, possibly the program itself, sent TERM, INT or HUP to the keeper. */
  | 'signal'
  /** The lease of the bridge expired. */
  | 'lease'
  | 'memory'
  /** The keeper itself ended without a report. */
  | 'keeper';

interface Report {
  readonly cause: 'exit' | 'stop' | 'kill' | 'signal' | 'lease' | 'memory' | 'bridge';
  readonly code: number;
  readonly strays: number;
  readonly left: number;
  readonly peak_kib: number;
  readonly exec_errno: number;
}

/** A line of a keeper: its report at the end, or a note that the tree needs more memory than it watches for. */
export type KeeperLine = { readonly memoryKib: number } | { readonly ending: Ending };

const signalName = (number: number): string =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;

export function readKeeperLine(line: string): KeeperLine {
  const read = JSON.parse(line) as Report | { readonly memory_kib: number };
  if ('memory_kib' in read) return { memoryKib: read.memory_kib };
  const { cause, code, strays, left, peak_kib: peakKib, exec_errno: execErrno } = read;
  // The keeper sees the end of the bridge's descriptor also when the bridge closed it in order to kill.
  const ended = { cause: cause === 'bridge' ? ('kill' as const) : cause, strays, left, peakKib, execErrno };
  return { ending: code < 0 ? { ...ended, signal: signalName(-code) } : { ...ended, code } };
}
