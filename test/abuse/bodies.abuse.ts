import { expect, test } from '@jest/globals';
import { expectWithinBounds, underAbuse } from './harness/under-abuse.ts';

test.each([
  ['bodies that are announced and never sent', 'announced-bodies'],
  ['bodies that are sent except for their end', 'unfinished-bodies'],
  ['millions of blank lines', 'blank-lines'],
  ['white space without a value', 'white-space'],
  ['millions of opening brackets', 'brackets'],
  ['names of 250 KB', 'long-names'],
  ['events of 240 KB that are accepted', 'long-notes'],
  ['thousands of empty events', 'empty-events'],
  ['answers that list faults and are not read', 'unread-rejections'],
  ['events of 9,000 long integers', 'many-entries'],
  ['lines of 9,000 long integers', 'many-entries-in-lines'],
  ['compressed frames without content', 'empty-frames'],
  ['bodies in chunks of one byte', 'tiny-chunks'],
  ['blank lines in chunks of one byte', 'tiny-chunks-of-lines'],
  ['refused bodies in chunks of one byte', 'tiny-chunks-refused'],
])('%s', async (_, attack) => {
  expectWithinBounds(await underAbuse({ attack }));
});

test('a client that fills its share is named by the metrics, and others are served', async () => {
  const settings = { GATEWAY_BYTES_IN_FLIGHT: String(32 * 1_048_576), INGEST_MAX_BODY_BYTES: String(8 * 1_048_576) };
  const effects = await underAbuse({
    attack: 'half-bodies',
    settings,
    async during({ url }) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toMatch(/^thunderline_ingest_overloads_total\{cause="client_share"\} [1-9]/m);
    },
  });
  expectWithinBounds(effects);
});
