import { FEED_TOPICS } from '../feed-position.ts';
import { endRefused } from '../live/end-refused.ts';
import { followFeed } from '../live/follow-feed.ts';
import { LiveHub, TICK_MS } from '../live/live-hub.ts';
import { createLiveRoute } from '../live/live-route.ts';
import { setWhenRead } from '../metrics/when-read.ts';
import type { Platform } from '../platform.ts';
import type { Role } from './role.ts';

export const live = {
  kind: 'service',
  name: 'live',
  summary: 'pushes events and points to browsers and terminals',
  reads: FEED_TOPICS,
  readsWithoutGroup: true,
  writes: [],
  needs: ['kafka', 'registry'],
  start,
} as const satisfies Role;

const READMIT_MS = 5_000;

async function start(platform: Platform): Promise<void> {
  const { config, telemetry, lifecycle, health, signal } = platform;
  const { metrics } = telemetry;
  const { windowMs, windowBytes } = config.live;
  const [source, codec] = await Promise.all([platform.feed(), platform.codec()]);
  let hub: LiveHub | undefined;

  const feed = await lifecycle.start(
    'reader of the live feed',
    () =>
      platform.waitFor('the topics of the live feed', () =>
        followFeed({
          source,
          codec,
          limits: { ageMs: windowMs, maxBytes: windowBytes },
          ...telemetry,
          onReplaced: (window, reason) => hub?.replaceWindow(window, reason),
          fail: platform.fail,
        }),
      ),
    (followed) => followed.stop(),
  );
  const subscribers = new LiveHub(feed.window(), windowMs, metrics);
  hub = subscribers;
  await lifecycle.start(
    'clock of the live feed',
    () => [
      setInterval(() => subscribers.tick(), TICK_MS),
      setInterval(() => void endRefused(subscribers).catch(platform.fail), READMIT_MS),
    ],
    (timers) => timers.forEach(clearInterval),
  );
  signal.addEventListener('abort', () => subscribers.endAll('stopping'), { once: true });

  setWhenRead(metrics.liveClients, () => subscribers.size);
  setWhenRead(metrics.liveHeldBytes, () => feed.window().bytes);
  setWhenRead(metrics.liveHeldSeconds, () => (Date.now() - (feed.window().oldestAt ?? Date.now())) / 1_000);
  health.ready({ name: 'live feed', check: async () => feed.problem() });
  platform.serve(createLiveRoute({ hub: subscribers, config: config.live, signal }));
}
