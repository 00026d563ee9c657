import { constants } from 'node:os';
import type { Ending } from '../process/ending.ts';
import { cutMiddle, isEnvironmental, pythonError } from './python-error.ts';
import { boundedText } from './read-warnings.ts';
import type { Failed, FailureReason } from './workers.ts';

/** A failure apart from the output and duration of its attempt. */
export type Failure = Omit<Failed, 'kind' | 'output' | 'durationMs'>;

/** Another attempt has the same result only if the cause lies in the configuration or in the command. */
const FINAL: readonly FailureReason[] = ['configuration', 'invalid_payload', 'cancelled'];

const MAX_MESSAGE = 2_000;

export function failure(reason: FailureReason, message: string, details: Partial<Failure> = {}): Failure {
  return {
    reason,
    message: boundedText(message, MAX_MESSAGE),
    retryable: !FINAL.includes(reason),
    environmental: reason === 'configuration',
    ...details,
  };
}

/** A Python exception that a worker reported or printed. */
export function exceptionFailure(
  { type, message, traceback }: { readonly type: string; readonly message: string; readonly traceback: string },
  details: Partial<Failure> = {},
): Failure {
  const reason = type === 'MemoryError' ? 'memory' : 'exception';
  return failure(reason, message === '' ? type : `${type}: ${message}`, {
    errorType: boundedText(type, 255),
    traceback: cutMiddle(traceback.replaceAll('\0', '\ufffd').toWellFormed()),
    environmental: isEnvironmental(type, message),
    ...details,
  });
}

/** Everything about the end of a worker process that decides the class of its failure. */
export interface Evidence {
  readonly ending: Ending;
  /** The excerpt of both output streams. */
  readonly output: string;
  /** Whether the kernel's out-of-memory killer acted while the process ran. */
  readonly isOomKilled: boolean;
  readonly memoryBytes: number;
  /** The program that was to be executed. */
  readonly program: string;
}

/** The failure of a process that ended without a result; undefined if it ended well. */
export function endingFailure({ ending, output, isOomKilled, memoryBytes, program }: Evidence): Failure | undefined {
  const how = { returnCode: ending.code, signal: ending.signal };
  if (ending.execErrno !== 0) {
    const message = `${program} cannot be executed: ${errnoName(ending.execErrno)}; set CEREBROS_PYTHON to an interpreter`;
    return failure('configuration', message, how);
  }
  switch (ending.cause) {
    case 'memory': {
      const limit = `${Math.floor(memoryBytes / 1_048_576)} MiB`;
      return failure('memory', `needed more than ${limit}, the limit of BRIDGE_MEMORY_BYTES`, how);
    }
    case 'lease':
      return failure('lost', 'the lease of the bridge was not renewed in time', how);
    case 'stop':
    case 'kill':
      return failure('stopped', 'the bridge is stopping', how);
    case 'signal':
      return failure('crash', 'was ended by a signal to its keeper, which this bridge did not send', {
        ...how,
        interrupted: true,
      });
    case 'keeper':
      return failure('crash', `the keeper of the worker was killed (${described(ending)})`, how);
    case 'exit':
      return exitFailure(ending, output, isOomKilled, how);
  }
}

function exitFailure(ending: Ending, output: string, isOomKilled: boolean, how: Partial<Failure>): Failure | undefined {
  if (ending.code === 0) return undefined;
  // A shell in between reports a signal as 128 + its number.
  const signal = ending.signal ?? signalOf((ending.code ?? 0) - 128);
  if (signal === 'SIGKILL' && isOomKilled) {
    return failure('memory', "was killed by the kernel's out-of-memory killer; the host needs more memory", how);
  }
  if (signal !== undefined) {
    const hint = signal === 'SIGKILL' ? ', which this bridge did not send' : '';
    return failure('crash', `ended by ${signal}${hint}`, { ...how, interrupted: ASKED_TO_STOP.includes(signal) });
  }
  const error = pythonError(output);
  if (error !== undefined) return exceptionFailure(error, how);
  return failure('crash', `ended with exit code ${ending.code}`, how);
}

/** The signals with which terminals and service managers ask processes to stop. */
const ASKED_TO_STOP: readonly string[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

export const described = ({ code, signal }: Ending): string => signal ?? `exit code ${code}`;

const signalOf = (number: number): string | undefined =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0];

const errnoName = (number: number): string =>
  Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? `error ${number}`;
