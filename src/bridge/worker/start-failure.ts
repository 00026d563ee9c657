import { UnusableInterpreter } from '../process/interpreter.ts';
import { type Failure, failure } from './failure.ts';

/** The failure of a process that the system, or Node, refused to start at all. */
export function startFailure(error: NodeJS.ErrnoException): Failure {
  if (error instanceof UnusableInterpreter) return failure('configuration', error.message);
  const message = `the worker could not be started: ${error.message}`;
  if (error.code === 'E2BIG' || error.code === 'ERR_INVALID_ARG_VALUE') return failure('invalid_payload', message);
  return failure('crash', message, { environmental: true });
}
