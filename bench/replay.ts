import { type FleetShape, fillTopic, fleetEvents } from './fleet.ts';
import { type Place, withPlace } from './place.ts';
import { startThunderline } from './process.ts';
import { type Figure, format } from './table.ts';

/** 1,000,000 events: 100 trials of 9,998 metric events, a start and an end. */
const SHAPE: FleetShape = { trials: 100, steps: 9_998 };
const POINTS = SHAPE.trials * SHAPE.steps * 2;
const POINTS_PER_SECOND = 60_000;
const MEBIBYTE = 1_048_576;
const RESIDENT_MEBIBYTES = 300;
const SAMPLE_MS = 100;

interface ReplayFigures {
  readonly seconds: number;
  /** Resident memory over time, in bytes. */
  readonly resident: readonly number[];
}

/** Measures `thunderline replay` from `ml.events` into tables that do not exist yet, from the start of the process to its end. */
async function measure(place: Place): Promise<ReplayFigures> {
  const events = await fillTopic(place, 'ml.events', fleetEvents(SHAPE));
  console.log(`replaying ${format(events)} events`);
  const started = performance.now();
  const replay = startThunderline(place, ['replay', '--topic', 'ml.events', '--sink', 'postgres']);
  const resident: number[] = [];
  const timer = setInterval(() => resident.push(replay.residentBytes()), SAMPLE_MS);
  const end = await replay.exited;
  const seconds = (performance.now() - started) / 1_000;
  clearInterval(timer);
  const output = replay.output();
  await replay.stop();
  console.log(output);
  if (end !== 'exit code 0') throw new Error(`the replay ended with ${end}`);
  const { rows } = await place.database.query('select count(*)::int as points from trial_metrics');
  if (rows[0]?.points !== POINTS) throw new Error(`${rows[0]?.points} points of ${POINTS} are stored`);
  return { seconds, resident };
}

const greatestOf = (bytes: readonly number[]): number => Math.max(...bytes) / MEBIBYTE;

/** The maximum of each quarter of the time, in MiB. Memory is flat when it does not rise after the second quarter. */
const quarters = (resident: readonly number[]): number[] =>
  [0, 1, 2, 3].map((quarter) => {
    const size = resident.length / 4;
    return greatestOf(resident.slice(Math.floor(quarter * size), Math.ceil((quarter + 1) * size)));
  });

/** The replay of a million events into an empty database. */
export async function run(): Promise<readonly Figure[]> {
  const { seconds, resident } = await withPlace(measure);
  const pointsPerSecond = POINTS / seconds;
  const greatest = greatestOf(resident);
  const work = 'replay of 1,000,000 events into an empty database';
  return [
    {
      work,
      measured: `${format(pointsPerSecond)} metric points/s, ${format(seconds, 1)} s`,
      toReach: `at least ${format(POINTS_PER_SECOND)} metric points/s`,
      met: pointsPerSecond >= POINTS_PER_SECOND,
    },
    {
      work: `${work}: memory`,
      measured: `${format(greatest)} MiB at most; by quarter ${quarters(resident)
        .map((part) => format(part))
        .join(', ')}`,
      toReach: `RSS flat under ${RESIDENT_MEBIBYTES} MB`,
      met: greatest * MEBIBYTE < RESIDENT_MEBIBYTES * 1e6,
    },
  ];
}
