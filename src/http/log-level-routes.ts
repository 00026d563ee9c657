import { LOG_LEVELS, type LogLevel } from '../log.ts';
import type { Schema } from './openapi/kinds.ts';
import { Problem } from './problem.ts';
import { jsonReply, type Route } from './route.ts';

export interface LogLevelParts {
  readonly logLevel: () => LogLevel;
  readonly setLogLevel: (level: LogLevel) => void;
}

const LEVEL: Schema = { enum: LOG_LEVELS };
const ANSWER = {
  200: {
    description: 'The level.',
    content: {
      'application/json': { schema: { type: 'object', required: ['level'], properties: { level: LEVEL } } },
    },
  },
};

/** `/api/log-level`: reads and sets the level of the log of a running process. */
export const createLogLevelRoutes = ({ logLevel, setLogLevel }: LogLevelParts): readonly Route[] => [
  {
    name: 'showLogLevel',
    method: 'GET',
    path: '/api/log-level',
    scope: 'admin',
    operation: { summary: 'The level of the log of this process', responses: ANSWER },
    handle: () => jsonReply({ level: logLevel() }),
  },
  {
    name: 'setLogLevel',
    method: 'PUT',
    path: '/api/log-level/{level}',
    scope: 'admin',
    operation: {
      summary: 'Sets the level of the log',
      description:
        'Applies to this process and all processes of its gateway, until they end or the level is set again. The signal ' +
        'SIGUSR2 sets `debug`, and a second one the level of LOG_LEVEL.',
      parameters: [{ name: 'level', in: 'path', required: true, schema: LEVEL, example: 'debug' }],
      responses: ANSWER,
      problems: ['malformed_request'],
    },
    handle({ parameters }) {
      const level = LOG_LEVELS.find((name) => name === parameters.level);
      if (level === undefined) {
        throw new Problem('malformed_request', `the level must be one of ${LOG_LEVELS.join(', ')}`);
      }
      setLogLevel(level);
      return jsonReply({ level });
    },
  },
];
