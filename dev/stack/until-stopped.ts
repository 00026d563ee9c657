import { watchLauncher } from '../../src/watch-launcher.ts';
import { printError } from '../machine/print-error.ts';

/** A program that runs until it is stopped or fails. */
export interface Running {
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm passes on a Ctrl-C that the terminal has sent to both processes: two signals this close are one request. */
const SAME_REQUEST_MS = 500;
const STOP_TIMEOUT_MS = 20_000;

/**
 * Starts a program and ends this process with it: exit code 0 after a signal, 1 when the program could not start or failed.
 * A second signal ends the process at once; the parts notice that and end by themselves.
 */
export async function untilStopped(start: (signal: AbortSignal) => Promise<Running | undefined>): Promise<never> {
  const abort = new AbortController();
  const requested = Promise.withResolvers<void>();
  let first: number | undefined;
  const request = (): void => {
    if (first === undefined) first = Date.now();
    else if (Date.now() - first > SAME_REQUEST_MS) process.exit(130);
    abort.abort(new Error('Stopped before everything was ready.'));
    requested.resolve();
  };
  for (const name of SIGNALS) process.on(name, request);
  watchLauncher(request);

  try {
    const running = await start(abort.signal);
    const failure = running && (await Promise.race([running.failed, requested.promise]));
    if (failure) printError(failure);
    forceExitAfter(STOP_TIMEOUT_MS);
    await running?.stop();
    process.exit(failure ? 1 : 0);
  } catch (error) {
    if (abort.signal.aborted && error === abort.signal.reason) process.exit(0);
    printError(error);
    process.exit(1);
  }
}

function forceExitAfter(timeoutMs: number): void {
  setTimeout(() => {
    console.error(`The stop was not complete after ${timeoutMs / 1000} s; exiting, which ends the remaining parts.`);
    process.exit(1);
  }, timeoutMs).unref();
}
