import { expect, test } from '@jest/globals';
import { expectWithinBounds, underAbuse } from './harness/under-abuse.ts';

test('pipelined downloads that no one reads', async () => {
  expectWithinBounds(await underAbuse({ attack: 'pipelined-downloads' }));
});

test('downloads that no one reads are cut off', async () => {
  const settings = { HTTP_SEND_TIMEOUT_MS: '1000' };
  const effects = await underAbuse({
    attack: 'unread-downloads',
    settings,
    async during({ url }) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const stalled = Number(
        /^thunderline_http_connections_closed_total\{reason="stalled"\} (\d+)$/m.exec(metrics)?.[1],
      );
      expect(stalled).toBeGreaterThan(20);
    },
  });
  expectWithinBounds(effects);
});

test('a flood of idle connections from one address', async () => {
  expectWithinBounds(await underAbuse({ attack: 'connection-flood' }));
});

test('request heads that arrive one line at a time', async () => {
  expectWithinBounds(await underAbuse({ attack: 'slow-heads' }));
});
