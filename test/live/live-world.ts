import { loadConfig } from '../../src/config.ts';
import { followLive, type LiveFrame } from '../../src/live/follow-live.ts';
import type { DataFrame, LiveEvent } from '../../src/live/frames.ts';
import { createLog } from '../../src/log.ts';
import { gateway } from '../../src/roles/gateway.ts';
import { live } from '../../src/roles/live.ts';
import { router } from '../../src/roles/router.ts';
import { type Serving, serve } from '../../src/serve.ts';
import { eventually } from '../support/eventually.ts';
import type { World } from '../support/world.ts';

/** Events in, and the feed out, in one process. */
export const serveFeed = (world: World, environment: Readonly<Record<string, string>> = {}): Promise<Serving> =>
  serve(loadConfig({ ...world.environment, ...environment }), [gateway, router, live], createLog('silent'));

/** Posts events, and throws unless all of them are accepted. */
export async function post(url: string, events: readonly object[]): Promise<void> {
  const response = await fetch(`${url}/api/events/ml`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  if (response.status !== 202) throw new Error(`the gateway answers ${response.status}: ${await response.text()}`);
}

export const metricEvent = (step: number, about: Readonly<Record<string, unknown>> = {}): object => ({
  event: 'ml.run.metric',
  model_run_id: 'run',
  trial_id: 'trial',
  measurements: { loss: step / 2 },
  step,
  ...about,
});

/** A client of the feed, and all that it was sent. */
export interface Follower {
  readonly frames: LiveFrame[];
  /** The text of each point as `run/trial name step event-id`. */
  points(): string[];
  steps(): number[];
  events(): LiveEvent[];
  /** Resolves once the frames satisfy a condition. */
  until(holds: () => boolean): Promise<void>;
  has(name: LiveFrame['name']): boolean;
  /** The id of the last frame. */
  position(): string;
  stop(): Promise<void>;
  /** Rejects if the server refuses the request. */
  readonly ended: Promise<void>;
}

export function follow(url: string, query = '', position?: string, headers: Record<string, string> = {}): Follower {
  const stopping = new AbortController();
  const frames: LiveFrame[] = [];
  const ended = followLive({
    url: `${url}/api/live?${query}`,
    headers,
    ...(position !== undefined && { position }),
    signal: stopping.signal,
    onFrame: (frame) => frames.push(frame),
  });
  ended.catch(() => {});
  const data = (): DataFrame[] => frames.flatMap((frame) => (frame.name === 'data' ? [frame.data] : []));
  const follower: Follower = {
    frames,
    points: () =>
      data().flatMap(({ points = [] }) =>
        points.flatMap(({ model_run_id, trial_id, points: list }) =>
          list.flatMap(([step, , id, , values]) =>
            Object.keys(values).map((name) => `${model_run_id}/${trial_id} ${name} ${step} ${id}`),
          ),
        ),
      ),
    steps: () => data().flatMap(({ points = [] }) => points.flatMap(({ points: list }) => list.map(([step]) => step))),
    events: () => data().flatMap(({ events = [] }) => events),
    until: (holds) => eventually(holds),
    has: (name) => frames.some((frame) => frame.name === name),
    position: () => frames.at(-1)?.id ?? '',
    async stop() {
      stopping.abort();
      await ended.catch(() => {});
    },
    ended,
  };
  return follower;
}
