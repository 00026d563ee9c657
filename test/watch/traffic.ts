import { setTimeout as sleep } from 'node:timers/promises';
import { startLoad } from '../faults/harness/load.ts';
import { follow } from '../live/live-world.ts';
import { until } from '../support/until.ts';
import type { WatchedSystem } from './watched-system.ts';

const PATIENCE_MS = 180_000;
/** The first study, which the start waits for; others follow until the traffic stops. */
const STUDY = { model_run_id: 'watched-study', trials: 6 };
/** Less than the time that a panel looks back. */
const STUDY_EVERY_MS = 15_000;

/** A fleet that posts and studies that run until it is stopped, a client of the feed, and an artifact. */
export interface Traffic {
  stop(): Promise<void>;
}

/** Starts everything that a dashboard shows, and resolves when each has happened once. */
export async function startTraffic({ world, main }: WatchedSystem): Promise<Traffic> {
  const url = world.gatewayUrl;
  const follower = follow(url, '');
  let stopped = false;
  const fleets = (async () => {
    while (!stopped) await startLoad(world, { events: 660, perSecond: 60 }).done;
  })();
  const study = (name: string, trials: number) =>
    postJson(`${url}/api/runs`, {
      model_run_id: name,
      n_trials: trials,
      search_space: { x: { type: 'float', low: 0, high: 1 } },
      payload: { pause: 0.5, steps: 3 },
    });
  await study(STUDY.model_run_id, STUDY.trials);
  await until('an artifact is stored', PATIENCE_MS, async () => {
    const path = `/api/runs/${STUDY.model_run_id}/trials/trial_000/artifacts/model.pth`;
    return (await fetch(url + path, { method: 'PUT', body: 'content' })).ok;
  });
  await until('the study has ended', PATIENCE_MS, async () => {
    const ended = await world.query(`select from bridge_trials where state = 'ended'`);
    return ended.rowCount === STUDY.trials;
  });
  const stop = new AbortController();
  const studies = (async () => {
    for (let number = 1; !stop.signal.aborted; number += 1) {
      // It is refused while a test breaks what it needs.
      await study(`${STUDY.model_run_id}-${number}`, 1).catch(() => undefined);
      await sleep(STUDY_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  await until('MLflow has points', PATIENCE_MS, async () => (await main.metric('thunderline_mlflow_points_total')) > 0);
  await until(
    'the archive has objects',
    PATIENCE_MS,
    async () => (await main.metric('thunderline_archive_objects_total')) > 0,
  );
  return {
    async stop() {
      stopped = true;
      stop.abort();
      await Promise.all([fleets, studies]);
      await follower.stop();
    },
  };
}

/** Posts and throws unless it is accepted. */
export async function postJson(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
}
