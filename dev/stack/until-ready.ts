import { setTimeout as delay } from 'node:timers/promises';
import { logTail } from '../machine/log-tail.ts';

const PROBE_EVERY_MS = 100;
const PROBE_TIMEOUT_MS = 30_000;
/** For a server that hangs: one that ends is noticed at once, and a slow one on a busy machine needs minutes. */
const READY_TIMEOUT_MS = 300_000;

/** A server that is coming up. */
export interface StartingServer {
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** How the server ended; undefined while it runs. */
  ended(): Error | undefined;
  /** Undefined before the server was started. */
  logPath(): string | undefined;
}

/** A server that is coming up may accept a connection and never answer on it. */
async function noAnswer(): Promise<never> {
  await delay(PROBE_TIMEOUT_MS, undefined, { ref: false });
  throw new Error(`no answer in ${PROBE_TIMEOUT_MS / 1000} s`);
}

/** Repeats `probe` until it no longer throws. Throws when the server ends, the signal aborts or five minutes are over. */
export async function untilReady(
  title: string,
  probe: () => Promise<void>,
  { signal, ended, logPath }: StartingServer,
): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  const check = (): void => {
    signal.throwIfAborted();
    const end = ended();
    if (end) throw end;
  };
  for (;;) {
    check();
    const failure = await Promise.race([probe(), noAnswer()]).then(
      () => undefined,
      (error: Error) => error,
    );
    if (failure === undefined) {
      // The answer may have come from another program, on a port that this server could not bind.
      check();
      return;
    }
    if (Date.now() > deadline) {
      const log = logPath();
      const last = log ? `; the end of ${log}:\n${logTail(log)}` : '';
      const reason = `${title} was not ready after ${READY_TIMEOUT_MS / 1000} s (${failure.message})`;
      throw new Error(`${reason}${last}`, { cause: failure });
    }
    await delay(PROBE_EVERY_MS);
  }
}
