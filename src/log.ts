import { type Logger, pino } from 'pino';

/** A structured logger: one JSON object a line on standard output. */
export type Log = Logger;

/** Levels in rising order; `silent` writes nothing. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const createLog = (level: LogLevel): Log =>
  pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: ['key', 'authorization', 'password'],
  });
