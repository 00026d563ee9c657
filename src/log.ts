import { type DestinationStream, type Logger, pino } from 'pino';

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
      // JSON of an error is `{}`: it is told by its name, message, stack, and those of what caused it.
      serializers: { cause: pino.stdSerializers.errWithCause },
      redact: ['key', 'authorization', 'password'],
    },
    destination,
  );
