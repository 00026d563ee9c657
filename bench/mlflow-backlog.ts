import { setTimeout as sleep } from 'node:timers/promises';
import { startProxy } from '../test/faults/harness/proxy.ts';
import type { FleetShape } from './fleet.ts';
import { fillTopic } from './fleet.ts';
import { metricOfRole } from './metric-of-role.ts';
import { mirroredEvents, newRun } from './mlflow/mirrored-events.ts';
import { type Place, withPlace } from './place.ts';
import { type Started, startRoles } from './process.ts';
import { type Figure, format } from './table.ts';

/** 100 trials of 5,000 metric events with two measurements each: 1,000,000 metrics. */
const SHAPE: FleetShape = { trials: 100, steps: 5_000 };
const POINTS = SHAPE.trials * SHAPE.steps * 2;
/** How long MLflow is unavailable, and how long the mirror is watched once it is back: most of the backlog still waits then. */
const AWAY_MS = 60_000;
const BACK_MS = 90_000;
const SAMPLE_MS = 500;
const PARTS = 3;
const MEBIBYTE = 1_048_576;
const LIMIT_MIB = 512;
/** Memory of the last part, compared with the one before it: in the first one the first batches are read. */
const FLAT = 1.1;

interface Phase {
  /** The greatest resident memory in each part of the time, in MiB. */
  readonly parts: readonly number[];
  /** Records that the metrics report as waiting, at the end. */
  readonly lag: number;
}

interface Backlog {
  readonly records: number;
  readonly away: Phase;
  readonly back: Phase;
  /** Metrics that MLflow got once it was back. */
  readonly written: number;
}

/** Starts a mirror whose MLflow is unavailable, before a backlog, and lets MLflow come back. */
async function measure(place: Place): Promise<Backlog> {
  const { port } = new URL((await place.connections.mlflow()).base);
  const proxy = await startProxy(Number(port));
  proxy.set({ kind: 'refuse' });
  const run = newRun();
  const starts = await fillTopic(place, 'ml.events.high', mirroredEvents(SHAPE, run, 'ml.trial.start'));
  const metrics = await fillTopic(place, 'ml.events.realtime', mirroredEvents(SHAPE, run, 'ml.run.metric'));
  console.log(`${format(POINTS)} metrics wait`);
  const environment = { MLFLOW_TRACKING_URI: `http://127.0.0.1:${proxy.port}` };
  const role = await startRoles({ ...place, environment: { ...place.environment, ...environment } }, ['mlflow']);
  try {
    const away = await watch(role, 'MLflow is unavailable', AWAY_MS);
    proxy.set({ kind: 'pass' });
    const back = await watch(role, 'MLflow is back', BACK_MS);
    const written = await metricOfRole(role.url, 'mlflow_points_total');
    return { records: starts + metrics, away, back, written };
  } finally {
    await role.stop();
    await proxy.close();
  }
}

async function watch(role: Started & { readonly url: string }, phase: string, durationMs: number): Promise<Phase> {
  const parts: number[] = [];
  for (let part = 0; part < PARTS; part += 1) {
    let greatest = 0;
    for (let ms = 0; ms < durationMs / PARTS; ms += SAMPLE_MS) {
      await sleep(SAMPLE_MS);
      greatest = Math.max(greatest, role.residentBytes() / MEBIBYTE);
    }
    parts.push(greatest);
  }
  const lag = await metricOfRole(role.url, 'stage_lag_records', 'stage="mlflow"');
  console.log(`${phase}: ${parts.map((each) => format(each)).join(', ')} MiB, ${format(lag)} records wait`);
  return { parts, lag };
}

const isFlat = ({ parts }: Phase): boolean =>
  Math.max(...parts) < LIMIT_MIB && (parts.at(-1) ?? 0) <= FLAT * (parts.at(-2) ?? 0);

/** The lag and the memory of the mirror while a million metrics wait for MLflow. */
export async function run(): Promise<readonly Figure[]> {
  const { records, away, back, written } = await withPlace(measure);
  const memory = (phase: Phase): string => phase.parts.map((each) => format(each)).join(', ');
  const work = `mirror: ${format(POINTS)} metrics wait for MLflow`;
  const isSeen = away.lag === records && back.lag < records;
  return [
    {
      work: `${work}: lag`,
      measured: `${format(away.lag)} of ${format(records)} records; ${format(back.lag)} after ${format(written)} metrics`,
      toReach: 'thunderline_stage_lag_records has all of them',
      met: isSeen,
    },
    {
      work: `${work}: memory, by third of ${AWAY_MS / 1_000} s away and ${BACK_MS / 1_000} s back`,
      measured: `${memory(away)} and ${memory(back)} MiB`,
      toReach: `RSS flat under ${LIMIT_MIB} MiB`,
      met: isFlat(away) && isFlat(back),
    },
  ];
}
