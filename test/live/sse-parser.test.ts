import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createSseParser, type ServerSentEvent } from '../../src/live/sse-parser.ts';

function parse(pieces: readonly string[]): { events: ServerSentEvent[]; retries: number[] } {
  const events: ServerSentEvent[] = [];
  const retries: number[] = [];
  const read = createSseParser({ onEvent: (event) => events.push(event), onRetry: (ms) => retries.push(ms) });
  for (const piece of pieces) read(piece);
  return { events, retries };
}

const STREAM =
  'retry: 1500\nevent: hello\nid: 1\ndata: {}\n\n:\n\ndata: a\r\ndata:b\r\n\r\nevent: data\nid: 2\ndata: {"x":"é"}\n\nid: 3\ndata: cut off';
const EVENTS = [
  { name: 'hello', data: '{}', id: '1' },
  { name: 'message', data: 'a\nb', id: '1' },
  { name: 'data', data: '{"x":"é"}', id: '2' },
];

test('the events of a stream are the same however it is cut, and the last one needs its end', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 10 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), STREAM.length];
      const pieces = at.slice(1).map((end, index) => STREAM.slice(at[index], end));
      expect(parse(pieces)).toEqual({ events: EVENTS, retries: [1_500] });
    }),
  );
});

test('any line break of the standard ends a line, wherever the stream is cut', () => {
  const field = fc.constantFrom('data: x', 'data:y', 'id: 7', 'event: gap', ': c', '', '', 'retry: 5', 'unknown: 1');
  const stream = fc
    .array(fc.tuple(field, fc.constantFrom('\n', '\r\n', '\r')))
    .map((lines) => `${lines.map(([line, end]) => line + end).join('')}\n`);
  fc.assert(
    fc.property(stream, fc.array(fc.nat(5)), (text, sizes) => {
      const pieces: string[] = [];
      let at = 0;
      for (const size of sizes) {
        pieces.push(text.slice(at, at + size));
        at += size;
      }
      expect(parse([...pieces, text.slice(at)])).toEqual(parse([text]));
    }),
  );
  expect(parse(['id: 1\rdata: a\r\r\n']).events).toEqual([{ name: 'message', data: 'a', id: '1' }]);
});
