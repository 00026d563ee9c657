import { join } from 'node:path';
import type { JsonObject } from '../../events/values.ts';
import { Excerpt } from '../process/excerpt.ts';
import { createLineReader } from '../process/line-reader.ts';
import type { ProcessControl } from '../process/process-control.ts';
import { StudyRefused, StudyUnavailable } from './study-error.ts';

/** The process that runs Optuna (`workers/thunderline/worker/study`). It answers one call after another. */
export interface StudyProcess {
  /**
   * Rejects with {@link StudyUnavailable}, {@link StudyRefused}, or {@link StudyProcessEnded} if the process ended before it
   * answered.
   */
  call(call: JsonObject, timeoutMs: number): Promise<JsonObject>;
  readonly hasEnded: boolean;
  /** Resolves when no process is left of it. */
  readonly ended: Promise<void>;
}

/** The process ended without an answer. */
export class StudyProcessEnded extends StudyUnavailable {}

export interface StudyProcessSettings {
  readonly control: Pick<ProcessControl, 'start'>;
  /** The path of an interpreter that has optuna and psycopg2. */
  readonly python: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The database of Optuna's tables, with its password. */
  readonly databaseUrl: string;
}

const WORKERS = join(import.meta.dirname, '../../../workers');
/** Optuna is imported first, which takes half a second on a free machine. */
const START_TIMEOUT_MS = 120_000;
const MAX_LINE_BYTES = 4_194_304;
const SHOWN_CHARACTERS = 2_000;

interface Answer {
  readonly ready?: { readonly protocol: number; readonly optuna: string };
  readonly failed?: string;
  readonly id?: number;
  readonly result?: JsonObject;
  readonly error?: { readonly kind: string; readonly type: string; readonly message: string };
}

/**
 * Rejects with {@link StudyUnavailable} if the interpreter cannot be started or lacks a package.
 *
 * @param signal kills the process.
 */
export async function startStudyProcess(settings: StudyProcessSettings, signal: AbortSignal): Promise<StudyProcess> {
  const { control, python, environment, databaseUrl } = settings;
  const kept = await control
    .start({
      program: [python, '-m', 'thunderline.worker.study', '--serve'],
      cwd: WORKERS,
      // Optuna's matrices are small: more threads would only wait for each other.
      environment: { ...environment, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
      stdin: 'pipe',
      // Every worker of the bridge waits for its answers.
      niceness: 0,
      memoryBytes: 0,
      watchBytes: 0,
    })
    .catch((cause: unknown) => {
      throw new StudyUnavailable(`The study process cannot be started: ${(cause as Error).message}`, { cause });
    });
  if (signal.aborted) kept.kill();
  signal.addEventListener('abort', kept.kill, { once: true });
  const errors = new Excerpt();
  let waiting: PromiseWithResolvers<Answer> | undefined;
  let hasEnded = false;
  let lastId = 0;

  const reader = createLineReader(MAX_LINE_BYTES, (line) => {
    const answer = JSON.parse(line.toString('utf8')) as Answer;
    if (answer.id === undefined || answer.id === lastId) waiting?.resolve(answer);
  });
  kept.stdout.on('data', (chunk: Buffer) => {
    try {
      reader.add(chunk);
    } catch (cause) {
      waiting?.reject(new StudyUnavailable(`The study process broke its protocol: ${(cause as Error).message}`));
      kept.kill();
    }
  });
  kept.stderr.on('data', (chunk: Buffer) => errors.add(chunk));
  const ended = kept.ended.then(({ cause, code, signal: killedBy }) => {
    hasEnded = true;
    signal.removeEventListener('abort', kept.kill);
    const how = killedBy ?? (code === undefined ? cause : `exit code ${code}`);
    const output = errors.text().trim().slice(-SHOWN_CHARACTERS);
    waiting?.reject(new StudyProcessEnded(`The study process ended (${how})${output === '' ? '' : `: ${output}`}`));
  });

  /** Awaits one line. A process that does not write it in time is killed: its answer could only be mistaken for a later one. */
  async function answerWithin(timeoutMs: number): Promise<Answer> {
    if (hasEnded) throw new StudyProcessEnded('The study process has ended');
    const { promise, ...settle } = Promise.withResolvers<Answer>();
    waiting = { promise, ...settle };
    const timer = setTimeout(() => {
      settle.reject(new StudyUnavailable(`The study process did not answer within ${timeoutMs} ms`));
      kept.kill();
    }, timeoutMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      waiting = undefined;
    }
  }

  const { failed } = await answerWithin(START_TIMEOUT_MS);
  if (failed !== undefined) {
    await ended;
    throw new StudyUnavailable(failed);
  }
  kept.stdin?.write(`${JSON.stringify({ database_url: databaseUrl })}\n`);
  return {
    async call(call, timeoutMs) {
      lastId += 1;
      const answered = answerWithin(timeoutMs);
      kept.stdin?.write(`${JSON.stringify({ id: lastId, ...call })}\n`);
      const { result, error } = await answered;
      if (error?.kind === 'refused') throw new StudyRefused(`${error.type}: ${error.message}`);
      if (error !== undefined) throw new StudyUnavailable(`${error.type}: ${error.message}`);
      return result ?? {};
    },
    get hasEnded() {
      return hasEnded;
    },
    ended,
  };
}
