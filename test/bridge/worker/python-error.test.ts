import { describe, expect, test } from '@jest/globals';
import { isEnvironmental, pythonError } from '../../../src/bridge/worker/python-error.ts';

const FRAMES = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    f()\n';

describe('an exception', () => {
  test.each([
    ['with a message', `epoch 1\n${FRAMES}ValueError: bad lr\n`, { type: 'ValueError', message: 'bad lr' }],
    ['without a message', `${FRAMES}KeyboardInterrupt\n`, { type: 'KeyboardInterrupt', message: '' }],
    [
      'of a package',
      `${FRAMES}torch.cuda.OutOfMemoryError: CUDA out of memory.\n`,
      { type: 'torch.cuda.OutOfMemoryError' },
    ],
    ['with several lines', `${FRAMES}RuntimeError: one\ntwo\n`, { message: 'one\ntwo' }],
    ['that is the last of two', `${FRAMES}KeyError: 1\nretrying\n${FRAMES}OSError: 2\n`, { type: 'OSError' }],
    ['of the syntax', '  File "a.py", line 1\n    x x\nSyntaxError: invalid syntax\n', { type: 'SyntaxError' }],
  ])('%s', (_, output, expected) => expect(pythonError(output)).toMatchObject(expected));

  test('has the exceptions that caused it, and no earlier ones', () => {
    const chain = `${FRAMES}KeyError: 1\n\nDuring handling of the above exception, another exception occurred:\n\n${FRAMES}ValueError: 2\n`;
    expect(pythonError(`${FRAMES}OSError: 0\nretrying\n${chain}`)?.traceback).toBe(chain.trimEnd());
  });
});

test.each(['', 'ended\n', 'ValueError: not raised'])('%j has none', (output) =>
  expect(pythonError(output)).toBeUndefined(),
);

test.each([
  ['ImportError', 'cannot import name x', true],
  ['OSError', '[Errno 28] No space left on device', true],
  ['RuntimeError', 'No CUDA GPUs are available', true],
  ['AssertionError', 'Torch not compiled with CUDA enabled', true],
  ['ValueError', 'bad lr', false],
  ['torch.cuda.OutOfMemoryError', 'CUDA out of memory.', false],
])('%s: %s is the fault of the host: %s', (type, message, expected) =>
  expect(isEnvironmental(type, message)).toBe(expected),
);
