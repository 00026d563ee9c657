import { expect, test } from '@jest/globals';
import { createLog, type LogLevel } from '../src/log.ts';

/** The lines a log writes, read back. */
function lines(level: LogLevel, use: (log: ReturnType<typeof createLog>) => void): object[] {
  const written: string[] = [];
  use(createLog(level, { write: (line) => void written.push(line) }));
  return written.map((line) => JSON.parse(line));
}

test('an error is told with its stack and what caused it', () => {
  const cause = new TypeError('x is undefined');
  const [line] = lines('info', (log) => log.error({ cause: new Error('the router failed', { cause }) }, 'failed'));
  expect(line).toMatchObject({
    ...{ level: 'error', msg: 'failed' },
    cause: {
      ...{ type: 'Error', message: 'the router failed', stack: expect.stringContaining('log.test.ts') },
      cause: { type: 'TypeError', message: 'x is undefined' },
    },
  });
});

test('a cause in words is told as it is', () => {
  expect(lines('info', (log) => log.warn({ cause: 'away' }, 'waiting'))).toMatchObject([{ cause: 'away' }]);
});

test('what is below the level is not written, and secrets never are', () => {
  const [line, ...others] = lines('warn', (log) => {
    log.info('not this');
    log.warn({ password: 'secret', key: 'tlk_1' }, 'this');
  });
  expect(others).toEqual([]);
  expect(line).toMatchObject({ password: '[Redacted]', key: '[Redacted]', msg: 'this' });
});
