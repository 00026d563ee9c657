import type { Ending } from '../process/ending.ts';
import { Excerpt } from '../process/excerpt.ts';
import { CHANNEL, type KeptProgram } from '../process/kept-program.ts';
import { oomKills } from '../process/oom-kills.ts';
import type { ProcessControl } from '../process/process-control.ts';
import { answerReports } from './answer-reports.ts';
import { callEnvironment } from './call-environment.ts';
import { endingFailure, type Failure, failure } from './failure.ts';
import { lastJson } from './last-json.ts';
import { readResult } from './read-result.ts';
import { MAX_TIMER_MS, type Runner, type RunnerLimits } from './runner.ts';
import type { LocatedScript } from './script.ts';
import { startFailure } from './start-failure.ts';
import type { Answered, WorkerCall, WorkerOutcome } from './workers.ts';

export interface OneShotSettings extends RunnerLimits {
  readonly control: ProcessControl;
  readonly locate: () => Promise<LocatedScript>;
  /** The environment of every worker; the contract's variables are added. */
  readonly environment: Readonly<Record<string, string>>;
  /** How long the answer to a report may take; without one the trial continues. */
  readonly reportMs: number;
}

/** Starts the script once for each call: environment and STDIN in, the last JSON object of STDOUT out. */
export function createOneShotRunner(settings: OneShotSettings): Runner {
  return {
    async run(call, payload, slot, signal) {
      const beganAtMs = performance.now();
      const failed = ({ output = '', ...rest }: Failure & { readonly output?: string }): WorkerOutcome => ({
        kind: 'failed',
        ...rest,
        output,
        durationMs: Math.round(performance.now() - beganAtMs),
      });
      const located = await settings.locate();
      if (!located.ok) return failed(failure('configuration', located.why));
      const { python, path, directory } = located.script;
      const killsBefore = oomKills();
      let kept: KeptProgram;
      try {
        kept = await settings.control.start({
          program: [python, path],
          cwd: directory,
          environment: {
            ...settings.environment,
            ...callEnvironment(call, payload),
            // Only a trial of a study can be pruned.
            ...(call.report === undefined ? {} : { CEREBROS_BRIDGE_REPORTS: String(CHANNEL) }),
            ...(slot.gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: slot.gpu }),
          },
          stdin: { text: payload.text },
          hasChannel: call.report !== undefined,
          memoryBytes: settings.memoryBytes,
          watchBytes: 0,
        });
      } catch (error) {
        return failed(startFailure(error as NodeJS.ErrnoException));
      }
      call.started?.();
      const attempt = await watch(kept, call, settings, signal);
      const { ending, output, stdout } = attempt;
      const program = `${python} ${path}`;
      const { memoryBytes } = settings;
      const evidence = { ending, output, isOomKilled: oomKills() > killsBefore, memoryBytes, program };
      const ended = attempt.decided ?? endingFailure(evidence);
      const how = { returnCode: ending.code, signal: ending.signal };
      const result = resultOf(stdout, call);
      if (ended !== undefined && (attempt.decided !== undefined || !reportsFailure(result, ending, call))) {
        return failed({ ...how, ...ended, output });
      }
      if (result.kind !== 'read') return failed({ ...how, ...result.failure, output });
      const { trials, run, warnings } = result;
      const durationMs = Math.round(performance.now() - beganAtMs);
      return { kind: 'reported', trials, run, warnings, output, durationMs, returnCode: ending.code };
    },
    async close() {},
  };
}

interface Attempt {
  readonly ending: Ending;
  readonly stdout: string;
  /** The excerpt of both streams. */
  readonly output: string;
  /** The failure for which the bridge itself ended the process. */
  readonly decided: Failure | undefined;
}

/** Follows a process to its end, which this bridge causes when a bound is passed. */
async function watch(
  kept: KeptProgram,
  call: WorkerCall,
  { outputBytes, reportMs }: OneShotSettings,
  signal: AbortSignal,
): Promise<Attempt> {
  const { timeoutMs, kill } = call;
  const excerpt = new Excerpt();
  const stdout: Buffer[] = [];
  let stdoutBytes = 0;
  let decided: Failure | undefined;
  const end = (how: 'terminate' | 'kill', why: Failure): void => {
    if (decided !== undefined) return;
    decided = why;
    kept[how]();
  };
  kept.stdout.on('data', (chunk: Buffer) => {
    excerpt.add(chunk);
    stdoutBytes += chunk.length;
    if (stdoutBytes <= outputBytes) stdout.push(chunk);
    else {
      const message = `wrote more than ${outputBytes} bytes to STDOUT (BRIDGE_OUTPUT_BYTES); write progress to STDERR`;
      end('kill', failure('output_too_large', message));
    }
  });
  kept.stderr.on('data', (chunk: Buffer) => excerpt.add(chunk));
  if (kept.channel !== undefined) {
    answerReports(kept.channel, call, reportMs, (why) =>
      end('kill', failure('invalid_result', `the script broke the protocol of reports: ${why}`)),
    );
  }
  const onAbort = (): void => end('terminate', failure('cancelled', 'was cancelled'));
  const onKill = (): void => {
    decided ??= failure('cancelled', 'was cancelled');
    kept.kill();
  };
  const timer = setTimeout(
    () => end('terminate', failure('timeout', `did not end within ${timeoutMs} ms`)),
    Math.min(timeoutMs, MAX_TIMER_MS),
  );
  kill?.addEventListener('abort', onKill, { once: true });
  signal.addEventListener('abort', onAbort, { once: true });
  if (kill?.aborted) onKill();
  if (signal.aborted) onAbort();
  const ending = await kept.ended;
  clearTimeout(timer);
  kill?.removeEventListener('abort', onKill);
  signal.removeEventListener('abort', onAbort);
  return { ending, stdout: Buffer.concat(stdout).toString('utf8'), output: excerpt.text(), decided };
}

type Result =
  | Extract<ReturnType<typeof readResult>, { kind: 'read' }>
  | { readonly kind: 'none'; readonly failure: Failure };

function resultOf(stdout: string, call: Answered): Result {
  const found = lastJson(stdout);
  if (found.kind === 'absent') {
    return { kind: 'none', failure: failure('no_result', 'ended without a JSON object on STDOUT') };
  }
  if (found.kind === 'broken') return { kind: 'none', failure: failure('invalid_result', found.why) };
  const read = readResult(found.text, call);
  if (read.kind === 'read') return read;
  return { kind: 'none', failure: failure('invalid_result', `the result breaks the contract: ${read.why}`) };
}

/** A script that reports its failure and then exits with an error has given its result: another attempt repeats it. */
function reportsFailure(result: Result, { cause, code }: Ending, { trialId }: Answered): boolean {
  if (result.kind !== 'read' || cause !== 'exit' || code === undefined) return false;
  return result.trials.some((trial) => trial.trialId === trialId && trial.status !== 'succeeded');
}
