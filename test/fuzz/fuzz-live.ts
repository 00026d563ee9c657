import fc from 'fast-check';
import type { Schema } from '../../src/http/openapi/kinds.ts';
import { liveOperation } from '../../src/live/live-operation.ts';
import { createSseParser } from '../../src/live/sse-parser.ts';

/*
 * The feed has no end, so the fuzzer of the other routes cannot read its answer: this one reads the first frame, and holds it and
 * every refusal against what the operation describes.
 */
const CASES = 1_000;
const ANSWER_MS = 30_000;

interface Parameter {
  readonly name: string;
  readonly in: string;
}

const NAMES = (liveOperation.parameters as readonly (Schema & Parameter)[])
  .filter((parameter) => parameter.in === 'query')
  .map(({ name }) => name);

const text = fc.string({ unit: 'binary', maxLength: 100 });
const likely = fc.constantFrom(
  '1',
  '10',
  '20',
  '3',
  'true',
  'false',
  'run',
  'loss',
  '',
  'v1.AAAA.00000000',
  '\u0000',
  '../..',
);
const query = fc.array(
  fc.tuple(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...NAMES) }, text), fc.oneof(likely, text)),
  {
    maxLength: 6,
  },
);

/** Asks for the feed with random queries. Resolves with their number; throws with the smallest query that is answered wrongly. */
export async function fuzzLive(url: string, key: string): Promise<number> {
  await fc.assert(
    fc.asyncProperty(query, fc.option(text), async (pairs, lastId) => {
      const parameters = new URLSearchParams();
      for (const [name, value] of pairs) parameters.append(name, value.toWellFormed());
      const headers: Record<string, string> = { authorization: `Bearer ${key}` };
      if (lastId !== null) headers['last-event-id'] = encodeURIComponent(lastId.toWellFormed());
      await expectAnswer(`${url}/api/live?${parameters}`, headers);
    }),
    { numRuns: CASES },
  );
  return CASES;
}

async function expectAnswer(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const leaving = new AbortController();
  const signal = AbortSignal.any([leaving.signal, AbortSignal.timeout(ANSWER_MS)]);
  const response = await fetch(url, { headers, signal });
  try {
    const type = response.headers.get('content-type') ?? '';
    if (response.status === 200 && type.startsWith('text/event-stream')) return await expectHello(response);
    const { code } = type.startsWith('application/problem+json') ? ((await response.json()) as { code?: string }) : {};
    const isDescribed = response.status === 400 && code === 'malformed_request';
    if (!isDescribed) throw new Error(`${url.slice(0, 500)} is answered ${response.status} ${type} ${code}`);
  } finally {
    leaving.abort();
  }
}

async function expectHello(response: Response): Promise<void> {
  let first: string | undefined;
  const parse = createSseParser({
    onEvent({ name, data }) {
      first ??= `${name} ${Object.keys(JSON.parse(data) as object).join()}`;
    },
    onRetry() {},
  });
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    parse(decoder.decode(bytes, { stream: true }));
    if (first !== undefined) break;
  }
  if (first !== 'hello hz,resumed,window_seconds') throw new Error(`the feed begins with ${first}`);
}
