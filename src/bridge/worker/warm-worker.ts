import type { Ending } from '../process/ending.ts';
import { Excerpt } from '../process/excerpt.ts';
import type { Command, KeptProgram } from '../process/kept-program.ts';
import { createLineReader, LineTooLong } from '../process/line-reader.ts';
import { oomKills } from '../process/oom-kills.ts';
import { endingFailure, exceptionFailure, type Failure, failure } from './failure.ts';
import { MAX_TIMER_MS, type Payload } from './runner.ts';
import { MAX_REPORTS, shouldPrune } from './should-prune.ts';
import { commandLine, PROTOCOL, pruneLine, readWorkerLine, STOP_LINE, type WorkerLine } from './warm-lines.ts';
import type { WorkerCall } from './workers.ts';

export interface WarmWorkerSettings {
  /** Bytes of one line beyond which the worker is killed. */
  readonly outputBytes: number;
  /** The limit that its command states; for the message of a failure. */
  readonly memoryBytes: number;
  /** From the start to the ready line. */
  readonly startMs: number;
  /** The longest time between two lines while a command runs. */
  readonly heartbeatMs: number;
  /** How long the answer to a report may take; without one the trial continues. */
  readonly reportMs: number;
}

/** The answer of a worker to one command: the JSON text of its result, or why there is none. */
export type WorkerAnswer =
  | { readonly kind: 'result'; readonly text: string; readonly output: string }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly output: string };

interface Running {
  readonly call: WorkerCall;
  readonly excerpt: Excerpt;
  readonly killsBefore: number;
  readonly finish: (answer: WorkerAnswer | { readonly kind: 'gone'; readonly failure: Failure }) => void;
}

/** A worker process that runs one command after the other. */
export class WarmWorker {
  /** Commands that it has run. */
  commands = 0;
  /** Resolves when the process has ended, with all its descendants. */
  readonly ended: Promise<Ending>;
  /** Resolves with undefined once the worker is ready for a command, or with the reason why it never will be. */
  readonly ready: Promise<Failure | undefined>;
  readonly #kept: KeptProgram;
  readonly #settings: WarmWorkerSettings;
  readonly #program: string;
  readonly #becomeReady: (failure: Failure | undefined) => void;
  #isReady = false;
  #excerpt = new Excerpt();
  #running: Running | undefined;
  /** The failure for which this process is being ended. */
  #verdict: Failure | undefined;
  #ending: Ending | undefined;
  #reports = 0;
  /** Lines that were read. */
  #lines = 0;
  #silence: NodeJS.Timeout | undefined;

  constructor(kept: KeptProgram, command: Command, settings: WarmWorkerSettings) {
    this.#kept = kept;
    this.#settings = settings;
    this.#program = command.program.join(' ');
    const ready = Promise.withResolvers<Failure | undefined>();
    this.ready = ready.promise;
    this.#becomeReady = ready.resolve;
    kept.stderr.on('data', (chunk: Buffer) => this.#excerpt.add(chunk));
    const lines = createLineReader(settings.outputBytes, (line) => this.#read(readWorkerLine(line)));
    kept.stdout.on('data', (chunk: Buffer) => {
      try {
        if (this.#verdict === undefined) lines.add(chunk);
      } catch (error) {
        // Thrown from here, an error would end the bridge, and with it the trials of every other worker.
        if (!(error instanceof LineTooLong)) this.#refuse(`a line cannot be read: ${(error as Error).message}`);
        else this.#kill(failure('output_too_large', `${error.message} (BRIDGE_OUTPUT_BYTES)`));
      }
    });
    const starting = setTimeout(() => {
      const message = `did not write its ready line within ${settings.startMs} ms (BRIDGE_START_MS); does it support --serve?`;
      this.#kill(failure('timeout', message, { environmental: true }));
    }, settings.startMs);
    void this.ready.then(() => clearTimeout(starting));
    this.ended = kept.ended.then((ending) => {
      this.#ending = ending;
      this.#end(ending);
      return ending;
    });
  }

  get isUsable(): boolean {
    return this.#ending === undefined && this.#verdict === undefined;
  }

  /** Runs a command. Resolves with a failure of the process only when no process is left. */
  async run(call: WorkerCall, payload: Payload, signal: AbortSignal): Promise<WorkerAnswer> {
    const answer = Promise.withResolvers<Parameters<Running['finish']>[0]>();
    this.#excerpt = new Excerpt();
    this.#running = { call, excerpt: this.#excerpt, killsBefore: oomKills(), finish: answer.resolve };
    this.commands += 1;
    const timeout = setTimeout(
      () => this.#terminate(failure('timeout', `did not end within ${call.timeoutMs} ms`)),
      Math.min(call.timeoutMs, MAX_TIMER_MS),
    );
    this.#silence = setTimeout(() => this.#endUnlessHeard(), this.#settings.heartbeatMs);
    const onAbort = (): void => this.#terminate(failure('cancelled', 'was cancelled'));
    const onKill = (): void => {
      this.#verdict ??= failure('cancelled', 'was cancelled');
      this.#kept.kill();
    };
    call.kill?.addEventListener('abort', onKill, { once: true });
    signal.addEventListener('abort', onAbort, { once: true });
    this.#kept.stdin?.write(commandLine(call, payload));
    call.started?.();
    if (call.kill?.aborted) onKill();
    if (signal.aborted) onAbort();
    if (this.#ending !== undefined) this.#end(this.#ending);
    try {
      const given = await answer.promise;
      if (given.kind !== 'gone') return given;
      return { kind: 'failed', failure: given.failure, output: this.#excerpt.text() };
    } finally {
      this.#running = undefined;
      clearTimeout(timeout);
      clearTimeout(this.#silence);
      call.kill?.removeEventListener('abort', onKill);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Asks the worker to end, by TERM if a command runs; it is killed after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (this.#running !== undefined) this.#terminate(failure('stopped', 'the bridge is stopping'));
    this.#verdict ??= failure('stopped', 'the bridge is stopping');
    this.#kept.stdin?.end(STOP_LINE);
    const timer = setTimeout(() => this.#kept.kill(), graceMs);
    await this.ended;
    clearTimeout(timer);
  }

  #read(line: WorkerLine): void {
    this.#lines += 1;
    this.#silence?.refresh();
    if (this.#verdict !== undefined || line.kind === 'heartbeat') return;
    if (!this.#isReady) this.#readFirst(line);
    else if (line.kind === 'ready') this.#refuse('the ready line was written twice');
    else if (line.kind === 'invalid') this.#refuse(line.why);
    else if (line.kind === 'report') void this.#answerReport(line.step, line.value);
    else this.#finish(line);
  }

  #readFirst(line: WorkerLine): void {
    if (line.kind === 'ready' && line.protocol === PROTOCOL) {
      this.#isReady = true;
      this.#becomeReady(undefined);
      return;
    }
    const found =
      line.kind === 'ready' ? `it speaks the protocol ${JSON.stringify(line.protocol)}` : 'its first line was another';
    const detail = line.kind === 'invalid' ? ` (${line.why})` : '';
    const message = `${this.#program} does not support the protocol ${PROTOCOL} of --serve: ${found}${detail}; set BRIDGE_MODE=oneshot`;
    this.#kill(failure('configuration', message));
  }

  #finish(line: Extract<WorkerLine, { kind: 'result' | 'error' }>): void {
    const running = this.#running;
    if (running === undefined || line.commandId !== running.call.commandId) {
      const expected = running === undefined ? 'no command ran' : `the command was ${running.call.commandId}`;
      this.#refuse(`a result names the command ${JSON.stringify(line.commandId)}, and ${expected}`);
      return;
    }
    this.#running = undefined;
    // The last lines of STDERR may be in its socket still.
    setImmediate(() => running.finish(answerOf(line, running.excerpt)));
  }

  async #answerReport(step: number, value: number): Promise<void> {
    const running = this.#running;
    this.#reports += 1;
    if (running === undefined || this.#reports > MAX_REPORTS) {
      this.#refuse(running === undefined ? 'a report arrived while no command ran' : 'reports do not wait for answers');
      return;
    }
    const prune = await shouldPrune(running.call, step, value, this.#settings.reportMs);
    this.#reports -= 1;
    if (this.#running === running) this.#kept.stdin?.write(pruneLine(prune));
  }

  /** After a stall of this process, timers come before the streams: lines that have arrived meanwhile are read first. */
  #endUnlessHeard(): void {
    const [running, lines] = [this.#running, this.#lines];
    setImmediate(() => {
      if (this.#running !== running || this.#lines > lines) return;
      const message = `sent no heartbeat within ${this.#settings.heartbeatMs} ms (BRIDGE_HEARTBEAT_MS)`;
      this.#terminate(failure('hang', message));
    });
  }

  #refuse(why: string): void {
    this.#kill(failure('invalid_result', `the worker broke its protocol: ${why}`));
  }

  #kill(verdict: Failure): void {
    if (this.#verdict !== undefined) return;
    this.#verdict = verdict;
    this.#kept.kill();
  }

  #terminate(verdict: Failure): void {
    if (this.#verdict !== undefined) return;
    this.#verdict = verdict;
    this.#kept.terminate();
  }

  #end(ending: Ending): void {
    const verdict = this.#verdict ?? this.#failureOf(ending);
    const how = { returnCode: ending.code, signal: ending.signal };
    this.#becomeReady({ ...how, ...verdict });
    this.#running?.finish({ kind: 'gone', failure: { ...how, ...verdict } });
  }

  #failureOf(ending: Ending): Failure {
    const isOomKilled = this.#running !== undefined && oomKills() > this.#running.killsBefore;
    const evidence = { ending, output: this.#excerpt.text(), isOomKilled, memoryBytes: this.#settings.memoryBytes };
    const found = endingFailure({ ...evidence, program: this.#program });
    if (found !== undefined) return found;
    const moment = this.#isReady ? 'before it answered' : 'before its ready line; does it support --serve?';
    return failure('no_result', `ended with exit code 0 ${moment}`);
  }

  /** The output since the last command started. */
  get output(): string {
    return this.#excerpt.text();
  }
}

function answerOf(line: Extract<WorkerLine, { kind: 'result' | 'error' }>, excerpt: Excerpt): WorkerAnswer {
  const output = excerpt.text();
  if (line.kind === 'result') return { kind: 'result', text: JSON.stringify(line.result), output };
  return { kind: 'failed', failure: exceptionFailure(line.error), output };
}
