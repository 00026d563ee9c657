import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ALL_ALERTS } from '../../deploy/prometheus/alerts.ts';
import { PROJECT } from '../../dev/stack/folders.ts';
import { parts } from '../faults/harness/parts.ts';
import { produce } from '../faults/harness/produce.ts';
import { until } from '../support/until.ts';
import { dashboardQueries } from './dashboard-queries.ts';
import { runbookCommands } from './runbook-commands.ts';
import { postJson, startTraffic, type Traffic } from './traffic.ts';
import { warmWorkersOf } from './warm-workers.ts';
import { startWatchedSystem, type WatchedSystem } from './watched-system.ts';

const START_MS = 480_000;
const FAULT_MS = 400_000;
/** The seconds that a look back covers; the traffic must have run for as long. */
const LOOK_BACK_S = 40;

let system: WatchedSystem;
let traffic: Traffic;
beforeAll(async () => {
  system = await startWatchedSystem();
  traffic = await startTraffic(system);
}, START_MS);
afterAll(async () => {
  await traffic?.stop();
  await system?.close();
}, START_MS);

/** The problem of an expression; undefined if it has values and none of them is NaN. */
async function problemOf(expr: string): Promise<string | undefined> {
  try {
    const series = await system.api.range(expr, LOOK_BACK_S);
    if (series.length === 0) return 'no data';
    const hasNaN = series.some(({ values }) => values.some(([, value]) => value === 'NaN'));
    return hasNaN ? 'NaN' : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The expressions that have a problem, once they have had time to get data. */
async function problems(queries: readonly { readonly place: string; readonly expr: string }[]): Promise<string[]> {
  let found: string[] = [];
  await until(
    'every expression has data',
    90_000,
    async () => {
      const all = await Promise.all(
        queries.map(async ({ place, expr }) => [place, expr, await problemOf(expr)] as const),
      );
      found = all.filter(([, , problem]) => problem !== undefined).map((parts) => parts.join(' | '));
      return found.length === 0;
    },
    3_000,
  ).catch(() => undefined);
  return found;
}

describe('with data of a real run', () => {
  const { panels, variables } = dashboardQueries();

  test('every panel of every dashboard has data', async () => {
    expect(panels.length).toBeGreaterThan(80);
    expect(await problems(panels)).toEqual([]);
  }, 120_000);

  test('every template variable has a value', async () => {
    expect(variables.length).toBeGreaterThan(4);
    expect(
      await problems(variables.map(({ place, metric, label }) => ({ place, expr: `count by (${label}) (${metric})` }))),
    ).toEqual([]);
  }, 120_000);

  test('every rule is evaluated without an error, and every recording has data', async () => {
    const rules = await system.api.rules();
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(rules.filter(({ type }) => type === 'alerting')).toHaveLength(ALL_ALERTS.length);
    const recordings = rules
      .filter(({ type }) => type === 'recording')
      .map(({ name }) => ({ place: 'rule', expr: name }));
    expect(recordings.length).toBeGreaterThan(25);
    expect(await problems(recordings)).toEqual([]);
  }, 120_000);

  /** An alert is empty while all is well, so the series that it looks at must be there. */
  test('every alert looks at series that there are', async () => {
    const selectors = ALL_ALERTS.flatMap(({ name, expr }) =>
      [...expr.matchAll(/\b(?:thunderline|kafka|node)_\w+(?:\{[^}]*\})?|\bup\{[^}]*\}|\bthunderline:\w+:\w+/g)]
        .map(([selector]) => selector)
        // No server of this run is reached over TLS; certificate-expiry.test.ts has some.
        .filter((selector) => !selector.startsWith('thunderline_certificate'))
        .map((selector) => ({ place: name, expr: selector })),
    );
    expect(selectors.length).toBeGreaterThan(ALL_ALERTS.length);
    expect(await problems(selectors)).toEqual([]);
  }, 120_000);
});

test('Prometheus has the traces that the histograms name, and the collector their spans', async () => {
  for (const metric of ['thunderline_ingest_acknowledge_seconds_bucket', 'thunderline_stage_latency_seconds_bucket']) {
    const traceIds = await until('exemplars of a metric', 90_000, async () => {
      const found = await system.api.traceIds(metric);
      return found.length > 0 && found;
    });
    const sent = new Set(system.collector.spans().map(({ traceId }) => traceId));
    expect(traceIds.filter((traceId) => sent.has(traceId)).length).toBeGreaterThan(0);
  }
}, 200_000);

test('every command of the runbook runs', () => {
  const { world, prometheus } = system;
  const environment = {
    ...world.environment,
    PORT: new URL(world.gatewayUrl).port,
    PROMETHEUS_URL: prometheus.url,
  };
  const commands = runbookCommands();
  const failed = commands.flatMap((command) => {
    const { status, stderr, stdout } = spawnSync('bash', ['-c', `set -o pipefail; ${command}`], {
      cwd: PROJECT,
      env: environment,
      encoding: 'utf8',
      timeout: 60_000,
    });
    return status === 0 ? [] : [`${command}: ${status} ${(stderr + stdout).slice(-300)}`];
  });
  expect(commands.length).toBeGreaterThan(40);
  expect(failed).toEqual([]);
}, 300_000);

/** The times from a fault to its alert, and from its end to that of the alert, in seconds: printed, for docs. */
const times: string[] = [];
afterAll(() => console.log(times.join('\n')));

/** Makes a fault, and waits until its alerts fire; ends it, and waits until they have ended by themselves. */
async function firesAndEnds(
  alerts: readonly string[],
  fault: () => Promise<unknown>,
  remedy: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  const madeAt = Date.now();
  await fault();
  for (const alert of alerts) {
    const seconds = await system.webhook.heard(alert, 'firing', madeAt);
    times.push(`${alert} fired ${seconds.toFixed(1)} s after the fault`);
  }
  const endedAt = Date.now();
  await remedy();
  for (const alert of alerts) {
    const seconds = await system.webhook.heard(alert, 'resolved', endedAt);
    times.push(`${alert} ended ${seconds.toFixed(1)} s after its end`);
  }
}

describe('fires by the fault, and ends by itself:', () => {
  test(
    'a poisoned record: DeadLetters',
    async () => {
      await firesAndEnds(['DeadLetters'], () => produce(system.world, 'ml.events', [Buffer.from('not a record')]));
    },
    FAULT_MS,
  );

  test(
    'Postgres is read-only: ConsumerWaiting',
    async () => {
      const { world } = system;
      const set = async (value: 'on' | 'off'): Promise<void> => {
        await world.query(`alter role ${world.account} set default_transaction_read_only = ${value}`);
        await world.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [world.account]);
      };
      await firesAndEnds(
        ['ConsumerWaiting'],
        () => set('on'),
        () => set('off'),
      );
    },
    FAULT_MS,
  );

  test(
    'MLflow is unavailable: MlflowAway',
    async () => {
      const { mlflow } = system;
      await firesAndEnds(
        ['MlflowAway'],
        () => mlflow.kill(),
        () => mlflow.part.start(),
      );
    },
    FAULT_MS,
  );

  test(
    'a worker hangs: WorkersFailing',
    async () => {
      const { world } = system;
      await firesAndEnds(['WorkersFailing'], async () => {
        await postJson(`${world.gatewayUrl}/api/runs`, {
          model_run_id: 'hanging',
          n_trials: 1,
          search_space: { x: { type: 'float', low: 0, high: 1 } },
          payload: { pause: 30 },
        });
        await until('a worker has the trial', 60_000, async () => {
          const { rowCount } = await world.query(
            `select from bridge_trials where model_run_id = 'hanging' and state = 'leased'`,
          );
          return rowCount === 1;
        });
        const workers = warmWorkersOf(system.main.pid);
        expect(workers).not.toEqual([]);
        for (const pid of workers) process.kill(pid, 'SIGSTOP');
      });
    },
    FAULT_MS,
  );

  test(
    'a process is killed: TargetDown, ConsumerMissing, RoleMissing',
    async () => {
      await firesAndEnds(
        ['TargetDown', 'ConsumerMissing', 'RoleMissing'],
        () => system.router.kill(),
        () => system.startRouter(),
      );
    },
    FAULT_MS,
  );

  test(
    'the broker is killed: KafkaRefusesRecords',
    async () => {
      await firesAndEnds(
        ['KafkaRefusesRecords'],
        () => parts.kafka.kill('SIGKILL'),
        () => parts.kafka.start(),
      );
    },
    FAULT_MS,
  );
});
