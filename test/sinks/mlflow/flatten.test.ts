import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseExactly } from '../../../src/events/exact-number.ts';
import { flatten } from '../../../src/sinks/mlflow/flatten.ts';

const flat = (text: string) => Object.fromEntries(flatten(parseExactly(text) as Readonly<Record<string, unknown>>));

test.each([
  ['{}', {}],
  [
    '{"lr": 0.1, "name": "adam", "nested": {"a": {"b": 1}, "c": null}}',
    { lr: '0.1', name: 'adam', 'nested.a.b': '1', 'nested.c': 'null' },
  ],
  ['{"list": [1, {"a": "b"}], "none": {}, "yes": true}', { list: '[1,{"a":"b"}]', none: '{}', yes: 'true' }],
  [
    '{"seed": 123456789012345678901, "half": 1.50, "small": 1e-5}',
    { seed: '123456789012345678901', half: '1.5', small: '0.00001' },
  ],
  [
    '{"big": 1000000000000000000000, "same": 1e21, "key": 340282366920938463463374607431768211456}',
    { big: '1e+21', same: '1e+21', key: '340282366920938463463374607431768211456' },
  ],
  [
    '{"zero": -0, "order": [{"b": 1, "a": -1500000000000000000000000}]}',
    { zero: '0', order: '[{"a":-1.5e+24,"b":1}]' },
  ],
  ['{"a": {"b": 1}, "a.b": 2}', { 'a.b': '2', '["a","b"]': '1' }],
  ['{"a": {"b.c": 1}, "a.b": {"c": 2}}', { 'a.b.c': '1', '["a.b","c"]': '2' }],
])('%s is flattened', (text, expected) => {
  expect(flat(text)).toEqual(expected);
});

test('no entry is lost, whatever the keys', () => {
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean());
  const { tree } = fc.letrec<{ tree: Record<string, unknown> }>((tie) => ({
    tree: fc.dictionary(fc.constantFrom('a', 'b', 'a.b', ''), fc.oneof({ maxDepth: 3 }, leaf, tie('tree')), {
      minKeys: 1,
    }),
  }));
  const countLeaves = (node: unknown): number =>
    typeof node === 'object' && node !== null && Object.keys(node).length > 0
      ? Object.values(node).reduce<number>((sum, child) => sum + countLeaves(child), 0)
      : 1;
  fc.assert(fc.property(tree, (document) => expect(flatten(document).size).toBe(countLeaves(document))));
});
