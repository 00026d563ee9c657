import { expect, test } from '@jest/globals';
import { createLog, type LogLevel } from '../src/log.ts';

/** The lines a log writes, read back. */
function lines(level: LogLevel, use: (log: ReturnType<typeof createLog>) => void): object[] {
  const written: string[] = [];
  use(createLog(level, { write: (line) => void written.push(line) }));
  return written.map((line) => JSON.parse(line));
}

test('a log writes an error with its stack and its causes', () => {
  const cause = new TypeError('x is undefined');
  const [line] = lines('info', (log) => log.error({ cause: new Error('the router failed', { cause }) }, 'failed'));
  expect(line).toMatchObject({
    level: 'error',
    msg: 'failed',
    cause: {
      type: 'Error',
      message: 'the router failed',
      stack: expect.stringContaining('log.test.ts'),
      cause: { type: 'TypeError', message: 'x is undefined' },
    },
  });
});

test('a log writes a cause given in words as it is', () => {
  expect(lines('info', (log) => log.warn({ cause: 'away' }, 'waiting'))).toMatchObject([{ cause: 'away' }]);
});

test('a log drops lines below its level and redacts secrets', () => {
  const [line, ...others] = lines('warn', (log) => {
    log.info('not this');
    log.warn({ password: 'secret', key: 'tlk_1' }, 'this');
  });
  expect(others).toEqual([]);
  expect(line).toMatchObject({ password: '[Redacted]', key: '[Redacted]', msg: 'this' });
});

test('a log hides the user info of addresses wherever they stand in a line', () => {
  const cause = new TypeError('Request cannot be constructed from http://user:s3cret@registry/x');
  const [line] = lines('info', (log) =>
    log.error({ cause, url: 'postgres://me:s3cret@db/x?password=s3cret' }, 'at https://a:s3cret@s3/'),
  );
  expect(JSON.stringify(line)).not.toContain('s3cret');
  expect(line).toMatchObject({ url: 'postgres://***@db/x?password=***', msg: 'at https://***@s3/' });
});

test('a log escapes what a terminal would act on, and each line stays the same JSON', () => {
  const written: string[] = [];
  const text = '\u009b31mred\u202e"\\ \ud800\n?password=\\"';
  createLog('info', { write: (line) => void written.push(line) }).info({ text }, 'line');
  const [line = ''] = written;
  expect(line).toMatch(/^[^\p{Cc}\p{Cf}]*\n$/u);
  expect(JSON.parse(line).text).toBe('\u009b31mred\u202e"\\ \ud800\n?password=***\\"');
});
