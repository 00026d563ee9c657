import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lastJson } from '../../../src/bridge/worker/last-json.ts';

const RESULT = { trials: [{ trial_id: 'a', status: 'ok', nested: [{ b: '} ] {' }, []] }], warnings: [] };

describe('finds', () => {
  test.each([
    ['the whole output', JSON.stringify(RESULT)],
    ['after other lines', `Epoch 1/10\nloss: {0.5}\n${JSON.stringify(RESULT)}\n`],
    ['after a carriage return of a progress bar', `50%\r100%\r${JSON.stringify(RESULT)}\r\n`],
    ['on several lines', `start\n${JSON.stringify(RESULT, null, 2)}\n`],
    ['on several lines without indentation', `start\n${JSON.stringify(RESULT, null, 2).replaceAll(/^ +/gm, '')}\n`],
    ['after an earlier object', `{"epoch": 1}\n${JSON.stringify(RESULT)}\n`],
    ['before other lines', `${JSON.stringify(RESULT)}\ndone\n`],
    ['before a Python dict', `${JSON.stringify(RESULT)}\n{'a': 1}\n`],
    ['at the end of a line', `Epoch 10/10 ${JSON.stringify(RESULT)}\n`],
  ])('an object: %s', (_, output) => {
    const found = lastJson(output);
    expect(found.kind === 'found' && JSON.parse(found.text)).toEqual(RESULT);
  });

  test('an empty object', () => expect(lastJson('{}\n')).toEqual({ kind: 'found', text: '{}' }));

  test('the doubles that Python writes bare, outside of strings only', () => {
    const output = '{"a": NaN, "b": [Infinity, -Infinity, -1], "c": "NaN -Infinity", "Infinity": 1}';
    const found = lastJson(output);
    const read = found.kind === 'found' ? JSON.parse(found.text) : undefined;
    expect(read).toEqual({ a: 'NaN', b: ['Infinity', '-Infinity', -1], c: 'NaN -Infinity', Infinity: 1 });
  });
});

describe('does not take for a result', () => {
  test.each(['', 'done\n', '[1, 2]\n', '"text"', "{'a': 1}\n", 'a {b} c', '\ufffd\u0000{not json}'])('%j', (output) => {
    expect(lastJson(output)).toEqual({ kind: 'absent' });
  });

  test.each([
    '{"trials": [{"trial_id": "a"',
    '{"trials": [{"trial_id": "a", "x": "un',
    '{"epoch": 1}\n{"trials": [',
    '{"a": 1,}',
    '{"a": nan}',
    'Epoch {"a": [1}',
  ])('the broken object %j', (output) => expect(lastJson(output).kind).toBe('broken'));
});

test('whatever is printed before a result, the result is found', () => {
  const noise = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('{', '('));
  fc.assert(
    fc.property(
      noise,
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.constantFrom(undefined, 2),
      (text, value, indent) => {
        const found = lastJson(`${text}\n${JSON.stringify(value, null, indent)}\n`);
        expect(found.kind === 'found' && JSON.parse(found.text)).toEqual(JSON.parse(JSON.stringify(value)));
      },
    ),
  );
});

test('a megabyte of brackets and quotes takes no longer than a look at each', () => {
  for (const part of ['{"', '{\n', '"\\"', '[', '{"a":']) lastJson(part.repeat(1_048_576 / part.length));
});
