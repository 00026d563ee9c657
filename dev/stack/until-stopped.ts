import { inspect } from 'node:util';
import { withoutCredentials } from '../../src/address.ts';
import { printableLines } from '../../src/printable.ts';
import { watchLauncher } from '../../src/watch-launcher.ts';

/** Something that runs until it is stopped or fails. */
export interface Running {
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm passes on a Ctrl-C that the terminal has given to both already: two signals this close are one wish. */
const SAME_WISH_MS = 500;
const STOP_TIMEOUT_MS = 20_000;

/**
 * Starts something and ends this process with it: exit code 0 after a signal, 1 when it could not start or failed.
 * A second signal ends the process at once; what it started notices and ends by itself.
 */
export async function untilStopped(start: (signal: AbortSignal) => Promise<Running | undefined>): Promise<never> {
  const abort = new AbortController();
  let first: number | undefined;
  const wished = new Promise<void>((resolve) => {
    const wish = (): void => {
      if (first === undefined) first = Date.now();
      else if (Date.now() - first > SAME_WISH_MS) process.exit(130);
      abort.abort(new Error('Stopped before everything was ready.'));
      resolve();
    };
    for (const name of SIGNALS) process.on(name, wish);
    watchLauncher(wish);
  });

  try {
    const running = await start(abort.signal);
    const failure = running && (await Promise.race([running.failed, wished]));
    if (failure) console.error(`\n${printableLines(withoutCredentials(failure.message))}`);
    forceExitAfter(STOP_TIMEOUT_MS);
    await running?.stop();
    process.exit(failure ? 1 : 0);
  } catch (error) {
    if (abort.signal.aborted && error === abort.signal.reason) process.exit(0);
    // Our own errors are whole sentences; any other is a fault of this program, and needs its place.
    const known =
      error instanceof Error && ['Error', 'HomeTaken', 'MissingPrerequisite', 'UsageError'].includes(error.name);
    console.error(printableLines(withoutCredentials(known ? `\n${error.message}` : inspect(error))));
    process.exit(1);
  }
}

function forceExitAfter(timeoutMs: number): void {
  setTimeout(() => {
    console.error(`Not stopped after ${timeoutMs / 1000} s; leaving, which ends what is left.`);
    process.exit(1);
  }, timeoutMs).unref();
}
