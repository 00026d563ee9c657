import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { layoutOf, writePosition } from '../../../src/feed-position.ts';
import type { DataFrame } from '../../../src/live/frames.ts';
import type { ConnectFeed } from '../../../web/feed/connect-feed.ts';
import { createFeedHub } from '../../../web/feed/feed-hub.ts';
import { createPageFeed, type PageWatch } from '../../../web/feed/page-feed.ts';

const layout = layoutOf([{ topic: 'ml.events.high', id: 'a', partitions: 1 }]);
const at = (offset: number): string => writePosition(layout, [offset]);

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A feed that holds the records from `heldFrom` to `end`, and one hub that pages share. */
function world() {
  const connections: { query: string; from: string; isOpen: boolean; frame: ConnectFeed['onFrame'] }[] = [];
  const feed = { heldFrom: 0, end: 100 };
  const hub = createFeedHub(({ query, from, onFrame, onState }) => {
    let position = from;
    const frame: ConnectFeed['onFrame'] = (name, data, after) => {
      position = after;
      onFrame(name, data, after);
    };
    const connection = { query, from, isOpen: true, frame };
    connections.push(connection);
    setTimeout(() => {
      if (!connection.isOpen) return;
      const resumed = from !== '' && offsetOf(from) >= feed.heldFrom;
      onState({ kind: 'live' });
      frame('hello', { hz: 20, resumed, window_seconds: 60 }, from === '' || !resumed ? at(feed.end) : from);
      if (from !== '' && !resumed) frame('reset', { reason: 'expired', detail: '', held_since: 5 }, at(feed.end));
    }, 10);
    return {
      position: () => position,
      close() {
        connection.isOpen = false;
      },
    };
  });
  const open = () => connections.filter(({ isOpen }) => isOpen);

  function page(id: string) {
    const seen = { resets: 0, frames: [] as DataFrame[] };
    const tab = { isHidden: false };
    const feedOfPage = createPageFeed({
      page: id,
      send: (message) => {
        if (message.kind === 'leave') hub.leave(message.page);
        else hub.watch(message.page, message.watch, (sent) => feedOfPage.receive(sent));
      },
      isHidden: () => tab.isHidden,
    });
    const watch = (of: PageWatch, onReset: () => void = () => undefined) =>
      feedOfPage.watch(of, {
        onData: (frame) => seen.frames.push(frame),
        onGap: () => undefined,
        onReset: () => {
          seen.resets += 1;
          onReset();
        },
      });
    return { feed: feedOfPage, seen, tab, watch };
  }

  return { feed, connections, open, page };
}

const offsetOf = (position: string): number => {
  for (let offset = 0; offset <= 1_000; offset += 1) if (at(offset) === position) return offset;
  return -1;
};

const settle = (ms = 100): void => void jest.advanceTimersByTime(ms);

const expire = (connection: { frame: ConnectFeed['onFrame'] } | undefined, end: number): void =>
  connection?.frame('reset', { reason: 'expired', detail: '', held_since: 5 }, at(end));

const event = (model_run_id: string): DataFrame => ({
  events: [{ event: 'ml.trial.start', event_id: '1', model_run_id, trial_id: 't', timestamp: 0, attempt: 1 }],
});

test('a page without a position, such as the comparison, is not left behind by a second reset', () => {
  const { open, page } = world();
  const compare = page('c');
  compare.watch({ runs: ['r'], from: '', points: false });
  settle();
  for (const end of [200, 300, 400]) {
    expire(open()[0], end);
    settle(40_000);
    expect(compare.feed.tablesLackSince.value).toBe(0);
  }
  expect(compare.seen.resets).toBe(3);
});

test('a page whose tables stay behind shows it until its position is continued', () => {
  const { feed, page } = world();
  feed.heldFrom = 50;
  const run = page('r');
  let tables = 10;
  const read = (): void => void run.watch({ runs: ['r'], from: at(tables) }, read);
  read();
  settle(10_000);
  expect(run.feed.tablesLackSince.value).toBe(5);
  tables = 60;
  settle(60_000);
  expect(run.feed.tablesLackSince.value).toBe(0);
});

test('the news of another page do not hide that the tables are behind', () => {
  const { feed, page } = world();
  feed.heldFrom = 50;
  const run = page('r');
  // Its server does not answer after the second reset.
  let reads = 0;
  const read = (): void => {
    reads += 1;
    if (reads <= 2) run.watch({ runs: ['r'], from: at(10) }, read);
  };
  read();
  settle(10_000);
  expect(run.feed.tablesLackSince.value).toBe(5);
  page('other').watch({ runs: ['s'], from: '' });
  settle();
  expect(run.feed.tablesLackSince.value).toBe(5);
});

test('a page that the browser kept and shows again receives what happens', () => {
  const { open, page } = world();
  const compare = page('c');
  compare.watch({ runs: ['r'], from: '', points: false });
  settle();
  compare.feed.left();
  settle();
  expect(open()).toHaveLength(0);
  compare.feed.returned();
  settle();
  open()[0]?.frame('data', event('r'), at(101));
  expect(compare.seen).toMatchObject({ resets: 1, frames: [event('r')] });
});

test('a page that left and joins again continues from the position of its tables', () => {
  const { connections, open, page } = world();
  const run = page('r');
  const stop = run.watch({ runs: ['r'], from: at(70) });
  settle();
  stop();
  settle();
  expect(open()).toHaveLength(0);
  expect(run.feed.state.value).toEqual({ kind: 'idle' });
  run.watch({ runs: ['r'], from: at(90) });
  settle();
  expect(connections.map(({ from }) => offsetOf(from))).toEqual([70, 90]);
});

test('pages share a connection that covers all of them, from the earliest position that one needs', () => {
  const { open, page } = world();
  const [first, second] = [page('1'), page('2')];
  first.watch({ runs: ['a'], from: at(80) });
  settle();
  second.watch({ runs: ['b'], from: at(60) });
  settle();
  expect(open().map(({ query, from }) => [query, offsetOf(from)])).toEqual([['model_run_id=a&model_run_id=b', 60]]);
  open()[0]?.frame('data', event('b'), at(101));
  expect([first.seen.frames, second.seen.frames]).toMatchObject([[], [event('b')]]);
});

test('a hidden page receives no points, and reads what it missed when it is shown', () => {
  const { open, page } = world();
  const run = page('r');
  const read = (): void => void run.watch({ runs: ['r'], from: at(90) }, read);
  read();
  settle();
  run.tab.isHidden = true;
  run.feed.visibilityChanged();
  settle();
  expect(open()[0]?.query).toBe('points=false&model_run_id=r');
  run.tab.isHidden = false;
  run.feed.visibilityChanged();
  settle();
  expect(open()[0]?.query).toBe('model_run_id=r');
  expect(run.seen.resets).toBe(1);
});

test('a page that is opened in a hidden tab receives points once the tab is shown', () => {
  const { open, page } = world();
  const run = page('r');
  run.tab.isHidden = true;
  run.watch({ runs: ['r'], from: '' });
  settle();
  expect(open()[0]?.query).toBe('points=false&model_run_id=r');
  run.tab.isHidden = false;
  run.feed.visibilityChanged();
  settle();
  expect(open()[0]?.query).toBe('model_run_id=r');
});

test('a page that has ended its watch hears nothing more, also not of a reset before', () => {
  const { open, page } = world();
  const run = page('r');
  const stop = run.watch({ runs: ['r'], from: at(90) });
  settle();
  expire(open()[0], 200);
  stop();
  settle(60_000);
  expect(run.seen.resets).toBe(0);
});
