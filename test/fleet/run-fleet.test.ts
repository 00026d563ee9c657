import { expect, test } from '@jest/globals';
import { answersOf } from '../../src/fleet/answers-of.ts';
import type { LedgerEntry } from '../../src/fleet/ledger.ts';
import { LoadTally } from '../../src/fleet/load-tally.ts';
import type { PostAnswer } from '../../src/fleet/poster.ts';
import { runFleet } from '../../src/fleet/run-fleet.ts';
import { summaryOf } from '../../src/fleet/summary.ts';

const answered = (status: number, body = ''): PostAnswer => ({ kind: 'answered', status, body, retryAfterMs: 0 });

test.each<[string, PostAnswer, string[]]>([
  ['202', answered(202), ['accepted', 'accepted']],
  ['207', answered(207, '{"rejected":[{"index":1,"code":"invalid_step"}]}'), ['accepted', 'invalid_step']],
  [
    '422',
    answered(422, '{"code":"invalid_events","rejected":[{"index":0,"code":"a"},{"index":1,"code":"b"}]}'),
    ['a', 'b'],
  ],
  ['400', answered(400, '{"code":"malformed_json"}'), ['malformed_json', 'malformed_json']],
  ['404 without a body', answered(404), ['status_404', 'status_404']],
  ['503', answered(503, '{"code":"unavailable"}'), ['unknown', 'unknown']],
  ['no answer', { kind: 'unknown', cause: 'ECONNRESET' }, ['unknown', 'unknown']],
])('the answers to two events of a request that ends with %s', (_, answer, answers) => {
  expect(answersOf([{}, {}], answer)).toEqual(answers);
});

test('a fleet posts every event of its trials, again with the same ids after a refusal for load', async () => {
  const entries: LedgerEntry[] = [];
  const bodies: string[] = [];
  const tally = new LoadTally();
  await runFleet({
    plan: {
      modelRunId: 'run',
      trialsPerSecond: 1_000,
      seconds: 0.003,
      steps: 2,
      trialMs: 0,
      failureShare: 0,
      batch: 4,
    },
    poster: {
      post: async (json) => {
        bodies.push(json);
        return bodies.length === 1 ? answered(429) : answered(202, '{"accepted":4}');
      },
      close: () => undefined,
    },
    ledger: { write: (entry) => void entries.push(entry), close: async () => undefined },
    tally,
    signal: new AbortController().signal,
  });
  expect(new Set(bodies).size).toBe(3);
  expect(bodies).toHaveLength(4);
  expect(new Set(entries.map(({ event_id }) => event_id)).size).toBe(12);
  expect(entries.every(({ answer }) => answer === 'accepted')).toBe(true);
  expect(tally).toMatchObject({ accepted: 12, rejected: 0, unknown: 0, retries: 1, trialsEnded: 3, requests: 4 });
  expect(summaryOf(tally).join('\n')).toMatch(
    /^requests +4 \(\d+\/s\), 1 of them sent again\nevents +12 accepted \(\d+\/s\)\nanswer ms .*\nanswers +202: 3, 429: 1$/,
  );
});
