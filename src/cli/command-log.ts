import { redactOf } from '../config.ts';
import { createLog, type Log, type LogLevel } from '../log.ts';

/** The log of a command, without the secrets of the settings. A command prints its results, so only errors are lines of it. */
export const commandLog = (level: LogLevel = 'error'): Log => createLog(level, undefined, redactOf());
