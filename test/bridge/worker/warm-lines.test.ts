import { expect, test } from '@jest/globals';
import { readWorkerLine } from '../../../src/bridge/worker/warm-lines.ts';

const read = (error: unknown) => readWorkerLine(Buffer.from(JSON.stringify({ command_id: 'x', error })));

test.each([[{ type: { toString: 1 } }], [{ message: ['a'] }], [{ type: 'ValueError', traceback: 7 }]])(
  'an error with the members %j is invalid',
  (error) => {
    expect(read(error)).toEqual({
      kind: 'invalid',
      why: expect.stringContaining('the members of an error are not strings: '),
    });
  },
);

test.each([
  [{}, { type: 'Exception', message: '', traceback: '' }],
  [
    { type: 'ValueError', message: null },
    { type: 'ValueError', message: '', traceback: '' },
  ],
])('the absent members of the error %j have defaults', (error, expected) => {
  expect(read(error)).toEqual({ kind: 'error', commandId: 'x', error: expected });
});
