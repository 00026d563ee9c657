import { accepted } from '../src/mlflow-import/accepted.ts';
import { type FleetShape, fillTopic } from './fleet.ts';
import { metricOfRole } from './metric-of-role.ts';
import { mirroredEvents, newRun } from './mlflow/mirrored-events.ts';
import { openPlainMlflow, type PlainRun } from './mlflow/plain-loop.ts';
import { measureRivals } from './mlflow/rivals.ts';
import { cpuMsOf, processesListeningOn } from './mlflow/server-processes.ts';
import { type Place, untilDone, withPlace } from './place.ts';
import { startRoles } from './process.ts';
import { mean } from './statistics.ts';
import { type Figure, format } from './table.ts';

/** 100 trials of 500 metric events with two measurements each: 100,000 metrics. */
const SHAPE: FleetShape = { trials: 100, steps: 500 };
const POINTS = SHAPE.trials * SHAPE.steps * 2;
const ROUNDS = 2;
const LEAST_SHARE = 0.9;
const LEAST_FACTOR = 40;
const GREATEST_COST = 1.1;

/** The rate at which MLflow stored points, and the CPU time that a point cost its server. */
interface Filling {
  readonly perSecond: number;
  readonly cpuUs: number;
}

/** Fills runs that exist by full log-batch calls, one after the other. */
async function fillPlainly(base: string, server: readonly string[]): Promise<Filling> {
  const mlflow = openPlainMlflow(base);
  try {
    const runs = await mlflow.createRuns(newRun(), SHAPE.trials);
    const filled = plainRuns(runs);
    const [startedAt, cpuMs] = [performance.now(), cpuMsOf(server)];
    await mlflow.fill(filled);
    const seconds = (performance.now() - startedAt) / 1_000;
    return { perSecond: POINTS / seconds, cpuUs: ((cpuMsOf(server) - cpuMs) * 1_000) / POINTS };
  } finally {
    mlflow.close();
  }
}

/** The same points as those of the events. */
function plainRuns(runIds: readonly string[]): readonly PlainRun[] {
  const byTrial = new Map<string, PlainRun['metrics'][number][]>();
  for (const event of mirroredEvents(SHAPE, 'plain', 'ml.run.metric')) {
    const trial = event.trial_id ?? '';
    const metrics = byTrial.get(trial) ?? [];
    byTrial.set(trial, metrics);
    for (const [key, value] of Object.entries(event.measurements)) {
      metrics.push({ key, value, timestamp: event.timestamp, step: event.step });
    }
  }
  return [...byTrial.values()].map((metrics, index) => ({ runId: runIds[index] ?? '', metrics }));
}

/** Mirrors the points of trials whose runs exist. Start-up does not count. */
async function mirror(place: Place, server: readonly string[]): Promise<Filling> {
  const run = newRun();
  await fillTopic(place, 'ml.events.high', mirroredEvents(SHAPE, run, 'ml.trial.start'));
  await whileMirroring(place, (role) => untilDone(SHAPE.trials, () => metricOfRole(role, 'mlflow_runs_total')));
  await fillTopic(place, 'ml.events.realtime', mirroredEvents(SHAPE, run, 'ml.run.metric'));
  const filling = await whileMirroring(place, async (role) => {
    let first: { readonly points: number; readonly cpuMs: number } | undefined;
    let cpuMs = 0;
    const { perSecond } = await untilDone(POINTS, async () => {
      const points = await metricOfRole(role, 'mlflow_points_total');
      cpuMs = cpuMsOf(server);
      if (points > 0) first ??= { points, cpuMs };
      return points;
    });
    if (first === undefined) throw new Error('no point was mirrored');
    return { perSecond, cpuUs: ((cpuMs - first.cpuMs) * 1_000) / (POINTS - first.points) };
  });
  await checkRuns(place, run);
  return filling;
}

/** Throws unless each trial has a run with its last points. */
async function checkRuns({ connections }: Place, run: string): Promise<void> {
  const client = await connections.mlflow();
  const { experimentId } = accepted(await client.getExperimentByName(run));
  const search = { experimentIds: [experimentId], view: 'ALL', maxResults: 2 * SHAPE.trials } as const;
  const { items } = accepted(await client.searchRuns(search));
  const whole = items.filter(({ latest }) => latest.size === 2 && [...latest.values()].every(isLast));
  if (items.length === SHAPE.trials && whole.length === SHAPE.trials) return;
  throw new Error(`MLflow has ${items.length} runs, of which ${whole.length} are whole, for ${SHAPE.trials} trials`);
}

const isLast = ({ step }: { readonly step: number }): boolean => step === SHAPE.steps - 1;

async function whileMirroring<T>(place: Place, work: (url: string) => Promise<T>): Promise<T> {
  const role = await startRoles(place, ['mlflow']);
  try {
    return await work(role.url);
  } finally {
    await role.stop();
  }
}

/** The mirror beside a plain loop of full calls that fills the same server, and beside MLflow's own Python client. */
export async function run(): Promise<readonly Figure[]> {
  const { base, server } = await withPlace(async ({ connections }) => {
    const { base } = await connections.mlflow();
    return { base, server: processesListeningOn(Number(new URL(base).port)) };
  });
  const plain: Filling[] = [];
  const mirrored: Filling[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    // The order changes with each round, because the tables of MLflow grow.
    const plainly = async () => show('plain loop', plain, await fillPlainly(base, server));
    const byMirror = async () => show('mirror', mirrored, await withPlace((place) => mirror(place, server)));
    for (const fill of round % 2 === 1 ? [plainly, byMirror] : [byMirror, plainly]) await fill();
  }
  const rate = (fillings: readonly Filling[]): number => mean(fillings.map(({ perSecond }) => perSecond));
  const cost = (fillings: readonly Filling[]): number => mean(fillings.map(({ cpuUs }) => cpuUs));
  const share = rate(mirrored) / rate(plain);
  const factor = rate(mirrored) / (await measureRivals());
  const costFactor = cost(mirrored) / cost(plain);
  const work = `mirror: ${format(POINTS)} metrics of ${SHAPE.trials} trials to MLflow`;
  return [
    {
      work,
      measured: `${format(rate(mirrored))}/s, ${format(share, 2)} x the ${format(rate(plain))}/s of full log-batch calls`,
      toReach: `at least ${LEAST_SHARE} x a plain loop of full log-batch calls`,
      met: share >= LEAST_SHARE,
    },
    {
      work,
      measured: `${format(rate(mirrored))}/s, ${format(factor)} x mlflow.log_metric`,
      toReach: `at least ${LEAST_FACTOR} x mlflow.log_metric from one Python process`,
      met: factor >= LEAST_FACTOR,
    },
    {
      work: `${work}: processor time of its server`,
      measured: `${format(cost(mirrored))} us a metric, ${format(costFactor, 2)} x the ${format(cost(plain))} us of the plain loop`,
      toReach: 'within 10 % of the plain loop',
      met: costFactor <= GREATEST_COST,
    },
  ];
}

function show(what: string, fillings: Filling[], filling: Filling): void {
  fillings.push(filling);
  console.log(`${what}: ${format(filling.perSecond)} metrics/s, ${format(filling.cpuUs)} us of its server a metric`);
}
