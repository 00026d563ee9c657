import { type DestinationStream, type Logger, pino } from 'pino';
import { withoutCredentials } from './address.ts';
import { printableLines } from './printable.ts';

/** A structured logger: one JSON object a line on standard output. */
export type Log = Logger;

/** Levels in rising order; `silent` writes nothing. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** @param destination where lines go; absent: standard output. */
export const createLog = (level: LogLevel, destination?: DestinationStream): Log =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // An Error as JSON is `{}`, so it is logged by its name, message and stack, and those of its causes.
      serializers: { cause: pino.stdSerializers.errWithCause },
      redact: ['key', 'authorization', 'password'],
      // The whole line, because messages of libraries quote the addresses and the data they failed on.
      hooks: { streamWrite: (line) => printableLines(withoutCredentials(line)) },
    },
    destination,
  );
