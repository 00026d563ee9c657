import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { counted } from '../support/counted.ts';
import { METRIC, NDJSON, startGateway, statuses, type TestGateway, talk } from './gateway.ts';

const EVENT = JSON.stringify(METRIC);

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const headOf = (headers: Readonly<Record<string, string>>): string =>
  `POST /api/events/ml HTTP/1.1\r\n${Object.entries({ host: 'localhost', 'transfer-encoding': 'chunked', ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;
const chunksOf = (text: string, bytes: number): string => {
  let chunks = '';
  for (let start = 0; start < text.length; start += bytes) {
    const part = text.slice(start, start + bytes);
    chunks += `${part.length.toString(16)}\r\n${part}\r\n`;
  }
  return `${chunks}0\r\n\r\n`;
};
const JSON_TYPE = { 'content-type': 'application/json' };

/** Sends a request whose rest the server does not read, which resets the connection. */
async function talkUntilReset(request: string): Promise<{ readonly answer: string; readonly wasSent: boolean }> {
  const socket = connect(gateway.port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  let wasSent = false;
  socket.write(request, (error) => {
    wasSent = !error;
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return { answer: Buffer.concat(chunks).toString(), wasSent };
}

describe('a body with too many chunks for its length', () => {
  test.each([
    ['white space', JSON_TYPE, ' '.repeat(5_000)],
    ['an event after white space', JSON_TYPE, ' '.repeat(5_000) + EVENT],
    ['blank lines', NDJSON, '\n'.repeat(5_000)],
    ['an encoded body', { ...JSON_TYPE, 'content-encoding': 'gzip' }, 'x'.repeat(5_000)],
  ])('of %s is answered 400 and its connection is closed', async (_, headers, body) => {
    const answer = await talk(
      gateway.port,
      headOf(headers) + chunksOf(body, 1) + headOf(JSON_TYPE) + chunksOf(EVENT, 99),
    );
    expect(statuses(answer)).toEqual([400]);
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({
      code: expect.stringMatching(/^(malformed_request|invalid_encoding)$/),
    });
    expect(gateway.published).toEqual([]);
    expect(await gateway.heldBytes()).toBe(0);
  });

  test('reports the lines before it that are stored', async () => {
    const before = gateway.published.length;
    const stored = `${EVENT}\n`.repeat(2_000);
    const head = headOf(NDJSON);
    const lines = `${stored.length.toString(16)}\r\n${stored}\r\n`;
    const { answer } = await talkUntilReset(head + lines + chunksOf('\n'.repeat(30_000), 1));
    const problem = JSON.parse(answer.slice(answer.indexOf('{')));
    expect(problem).toMatchObject({ status: 400, code: 'malformed_request' });
    expect(problem.detail).toContain('chunks');
    expect(problem.accepted).toBe(gateway.published.length - before);
    expect(problem.accepted).toBeGreaterThan(0);
  });

  test('is not read to its end when it was refused by its head', async () => {
    const refused = headOf({ 'content-type': 'text/plain' }) + chunksOf(' '.repeat(1_500_000), 1);
    const { answer, wasSent } = await talkUntilReset(refused);
    expect(statuses(answer)).toEqual([415]);
    expect(await counted(gateway.metrics.httpConnectionsClosed)).toMatchObject([{ labels: { reason: 'chunks' } }]);
    // The rest did not fit into the buffers of the connection.
    expect(wasSent).toBe(false);
  });
});

describe('a body in chunks', () => {
  test.each([
    ['4,000 chunks of one byte', 1, 50],
    ['chunks of 64 bytes', 64, 9_000],
    ['chunks of 10,000 bytes', 10_000, 9_000],
  ])('is accepted in %s', async (_, bytes, events) => {
    const lines = `${EVENT}\n`.repeat(events);
    const answer = await talk(gateway.port, headOf({ ...NDJSON, connection: 'close' }) + chunksOf(lines, bytes));
    expect(statuses(answer)).toEqual([202]);
    expect(answer).toContain(`{"accepted":${events},`);
  });

  test('leaves its connection open for the next request', async () => {
    const streamed = headOf(JSON_TYPE) + chunksOf(' '.repeat(100_000) + EVENT, 64);
    const answer = await talk(
      gateway.port,
      streamed + streamed + streamed.replace('host', 'connection: close\r\nhost'),
    );
    expect(statuses(answer)).toEqual([202, 202, 202]);
  });

  test('is accepted on many connections at once', async () => {
    const request = headOf({ ...JSON_TYPE, connection: 'close' }) + chunksOf(' '.repeat(200_000) + EVENT, 64);
    const answers = await Promise.all(Array.from({ length: 20 }, () => talk(gateway.port, request)));
    expect(answers.flatMap(statuses)).toEqual(Array(20).fill(202));
  });
});
