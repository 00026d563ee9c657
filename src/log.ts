import { type DestinationStream, type Logger, pino } from 'pino';
import { printableLines } from './printable.ts';
import { type Redact, withoutSecretForms } from './redact.ts';

/** A structured logger: one JSON object a line on standard output. */
export type Log = Logger;

/** Levels in rising order; `silent` writes nothing. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * @param destination where lines go; absent: standard output.
 * @param redact hides the secrets of the settings; absent, what is recognisable as a secret by its form.
 */
export const createLog = (level: LogLevel, destination?: DestinationStream, redact: Redact = withoutSecretForms): Log =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // An Error as JSON is `{}`, so it is logged by its name, message and stack, and those of its causes.
      serializers: { cause: pino.stdSerializers.errWithCause },
      redact: ['key', 'authorization', 'password'],
      // The whole line, because messages of libraries quote addresses and the data that caused a failure.
      hooks: { streamWrite: (line) => printableLines(redact(line)) },
    },
    destination,
  );

/** Changes the level of a running log. The change itself is logged at the lower of the two levels. */
export function setLogLevel(log: Log, level: LogLevel): void {
  const from = log.level;
  if (from === level) return;
  const isRaised = LOG_LEVELS.indexOf(from as LogLevel) < LOG_LEVELS.indexOf(level);
  if (!isRaised) log.level = level;
  log.info({ from, to: level }, 'the level of the log was changed');
  log.level = level;
}

/** The ids by which the lines about a request or a chunk are found. */
export interface LoggedIds {
  /** The trace id of the `traceparent`. */
  readonly traceId?: string;
  readonly correlationId?: string;
}

const TRACE_ID = /^[0-9a-f]{2}-([0-9a-f]{32})-/;
const MOST_CHARACTERS = 512;

/** The ids of a `traceparent` and of a correlation id; each is left out where it is absent. */
export function loggedIds(traceparent: string | undefined, correlationId: string | undefined): LoggedIds {
  const traceId = TRACE_ID.exec(traceparent ?? '')?.[1];
  return {
    ...(traceId !== undefined && { traceId }),
    ...(correlationId !== undefined && { correlationId: correlationId.slice(0, MOST_CHARACTERS) }),
  };
}
