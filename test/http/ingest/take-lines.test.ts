import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import type { Client } from '../../../src/access/client.ts';
import { Intake } from '../../../src/http/ingest/intake.ts';
import type { Post } from '../../../src/http/ingest/post.ts';
import { takeLines } from '../../../src/http/ingest/take-lines.ts';
import { Turns } from '../../../src/http/ingest/turns.ts';

const MAX_EVENTS = 100;

/** Counts the pieces of work that were started and those whose duration was added. */
class CountedTurns extends Turns {
  started = 0;
  ended = 0;

  override start(client: Client): void {
    this.started += 1;
    super.start(client);
  }

  override end(): void {
    this.ended += 1;
    super.end();
  }
}

test.each([
  ['too many blank lines', MAX_EVENTS + 1],
  ['few blank lines', MAX_EVENTS],
])('the work for a body of %s is counted', async (_, lines) => {
  const turns = new CountedTurns();
  const request = Object.assign(Readable.from([Buffer.from('\n'.repeat(lines))]), { headers: {}, complete: true });
  const limits = { maxBodyBytes: 1e6, maxDecodedBytes: 1e6, maxEvents: MAX_EVENTS, json: { maxBytes: 1e6 } };
  const access = { client: 'key:a', requireCredit: () => undefined, spend: () => undefined };
  const lease = { take: () => undefined, release: () => undefined };
  const post = { request, encoding: 'identity', access, lease, limits, turns } as unknown as Post;
  const intake = new Intake({ turns, limits, client: access.client } as unknown as ConstructorParameters<
    typeof Intake
  >[0]);
  const failed = await takeLines(post, intake).then(
    () => false,
    () => true,
  );
  expect(failed).toBe(lines > MAX_EVENTS);
  expect(turns.started).toBeGreaterThan(0);
  expect(turns.ended).toBe(turns.started);
});
