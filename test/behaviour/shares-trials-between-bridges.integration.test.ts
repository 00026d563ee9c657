import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { markOf, thisBridge } from '../../src/bridge/process/keeper-mark.ts';
import { markedProcesses } from '../../src/bridge/process/kill-marked.ts';
import { bridge } from '../../src/roles/bridge.ts';
import { commands } from '../../src/roles/commands.ts';
import { postgres } from '../../src/roles/postgres.ts';
import { router } from '../../src/roles/router.ts';
import type { Health } from '../../src/runtime/health.ts';
import type { Serving } from '../../src/serve.ts';
import { claimTrials } from '../../src/store/tables/bridge-claims.ts';
import { processesWith } from '../bridge/support/processes.ts';
import { type BridgeSystem, startBridgeSystem } from '../bridge/support/system.ts';
import { eventually } from '../support/eventually.ts';

let system: BridgeSystem;
beforeAll(async () => {
  system = await startBridgeSystem('misbehave.py', { BRIDGE_TIMEOUT_MS: '600000', BRIDGE_RETRY_BACKOFF_MS: '5' }, [
    commands,
    router,
    postgres,
  ]);
});
afterAll(() => system.close());

const trialsOf = (count: number, what: string, fields: object = {}) =>
  Array.from({ length: count }, (_, index) => ({ trial_id: `t${index}`, hyperparams: { do: what }, ...fields }));

const health = async ({ url }: Serving): Promise<Health> =>
  (await (await fetch(`${url}/health/ready`)).json()) as Health;

const attempts = (run: string) =>
  system.query<{ bridge_id: string; outcome: string; epoch: number }>(
    'select bridge_id, outcome, epoch from bridge_attempts where model_run_id = $1 order by trial_id, epoch',
    [run],
  );

test('two bridges run the trials of a run together, and stay within its parallelism', async () => {
  const [one, other] = [await system.another([bridge]), await system.another([bridge])];
  await system.post('/api/runs/shared/trials', trialsOf(12, 'sleep', { parallelism: 6 }));
  const leased = async () =>
    await system.query<{ bridge_id: string; count: number }>(
      `select bridge_id, count(*)::int as count from bridge_trials where state = 'leased' group by 1`,
    );
  await eventually(async () => (await leased()).reduce((sum, { count }) => sum + count, 0) === 6);
  const counts = (await leased()).map(({ count }) => count).sort();
  expect(counts).toHaveLength(2);
  expect(counts.every((count) => count <= 4)).toBe(true);
  await system.post('/api/runs/shared/cancel');
  await system.ended('shared', 12);
  await one.stop();
  await other.stop();
});

test('a bridge gives back a trial whose claim was not answered, and runs it', async () => {
  const one = await system.another([bridge], { BRIDGE_WORKERS: '1', BRIDGE_LEASE_MS: '20000' });
  await system.post('/api/runs/busy/trials', trialsOf(1, 'sleep', { priority: 1 }));
  await eventually(async () => (await attempts('busy')).length === 1);
  await system.post('/api/runs/unanswered/trials', trialsOf(1, 'sleep'));
  const [busy] = await attempts('busy');
  const pool = new pg.Pool({ connectionString: system.world.databaseUrl, max: 1 });
  const request = { bridgeId: busy?.bridge_id ?? '', host: 'h', limit: 1, withStudies: false };
  // The claim commits, and its answer never reaches the bridge.
  await eventually(async () => (await claimTrials(pool, request)).length === 1);
  await pool.end();
  await eventually(async () => (await attempts('unanswered'))[0]?.outcome === 'released');
  expect(await attempts('busy')).toMatchObject([{ outcome: null }]);
  await system.post('/api/runs/busy/cancel');
  await system.ended('busy', 1);
  await eventually(async () => (await attempts('unanswered')).length === 2);
  await system.post('/api/runs/unanswered/cancel');
  await system.ended('unanswered', 1);
  await one.stop();
});

test('a bridge renews its lease while every connection for its other work waits', async () => {
  const settings = { BRIDGE_LEASE_MS: '10000', DATABASE_POOL_SIZE: '2' };
  const one = await system.another([bridge], settings);
  await system.post('/api/runs/renewed/trials', trialsOf(1, 'sleep'));
  await eventually(async () => (await attempts('renewed')).length === 1);
  const [attempt] = await attempts('renewed');
  const other = new pg.Client({ connectionString: system.world.databaseUrl });
  await other.connect();
  await other.query('begin; lock table bridge_runs in access exclusive mode');
  const { rows } = await other.query<{ end: Date }>(`select clock_timestamp() + interval '20 s' as end`);
  await eventually(
    async () =>
      (
        await system.query('select 1 from bridges where bridge_id = $1 and alive_until > $2', [
          attempt?.bridge_id,
          rows[0]?.end,
        ])
      ).length === 1,
  );
  await other.end();
  expect(await attempts('renewed')).toEqual([attempt]);
  await system.post('/api/runs/renewed/cancel');
  await system.ended('renewed', 1);
  await one.stop();
});

describe('a bridge that is stopped', () => {
  test('gives its trials back, and another bridge runs them; nothing is counted against them', async () => {
    const first = await system.another([bridge]);
    await system.post('/api/runs/moved/trials', trialsOf(2, 'sleep', { parallelism: 2 }));
    await eventually(async () => (await attempts('moved')).length === 2);
    const [before] = await attempts('moved');
    await first.stop();
    const rows = await system.query(
      `select state, failures, losses from bridge_trials where model_run_id = 'moved' order by trial_id`,
    );
    expect(rows).toEqual([
      { state: 'queued', failures: 0, losses: 0 },
      { state: 'queued', failures: 0, losses: 0 },
    ]);
    expect(await system.query('select 1 from bridges where bridge_id = $1', [before?.bridge_id])).toEqual([]);

    const second = await system.another([bridge]);
    await eventually(async () => (await attempts('moved')).length === 4);
    expect((await attempts('moved')).map(({ outcome, epoch }) => [outcome, epoch])).toEqual([
      ['released', 1],
      [null, 2],
      ['released', 1],
      [null, 2],
    ]);
    await system.post('/api/runs/moved/cancel');
    await system.ended('moved', 2);
    await second.stop();
  });
});

/** Ends runs of one trial that no bridge has: a cancel is read by a bridge, and that of the next test would claim them first. */
async function cancelUnheld(...runs: readonly string[]): Promise<void> {
  const other = await system.another([bridge]);
  for (const run of runs) {
    await system.post(`/api/runs/${run}/cancel`);
    await system.ended(run, 1);
  }
  await other.stop();
}

/** Whether there is a process that the signal can be sent to; 0 sends none. */
function isSent(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

describe('a bridge that is told to stop', () => {
  test('gives its trials back although a statement of its other work waits', async () => {
    const stopped = await system.another([bridge]);
    await system.post('/api/runs/held-up/trials', trialsOf(1, 'sleep'));
    await eventually(async () => (await attempts('held-up')).length === 1);
    const other = new pg.Client({ connectionString: system.world.databaseUrl });
    await other.connect();
    await other.query('begin; lock table bridge_queue in access exclusive mode');
    const waiting = () =>
      system.query(`select 1 from pg_locks where relation = 'bridge_queue'::regclass and not granted`);
    await eventually(async () => (await waiting()).length > 0);
    const stopping = stopped.stop();
    await eventually(async () => (await attempts('held-up'))[0]?.outcome === 'released');
    expect(await waiting()).not.toEqual([]);
    await other.end();
    await stopping;
    await cancelUnheld('held-up');
  });

  test('counts no failure when a service manager signals its workers too, and first', async () => {
    const stopped = await system.another([bridge], { BRIDGE_RETRY_BACKOFF_MS: '600000' });
    const mine = markOf(thisBridge(), '');
    const marked = () => markedProcesses((mark) => mark.startsWith(mine));
    /** The processes of workers without their keepers, which have the script among their arguments as well. */
    const workers = async () => {
      const [scripts, keepers] = [processesWith('misbehave.py'), processesWith('keeper.py')];
      return (await marked()).filter((pid) => scripts.includes(pid) && !keepers.includes(pid));
    };
    const terminate = async (run: string) => {
      await system.post(`/api/runs/${run}/trials`, trialsOf(1, 'sleep'));
      await eventually(async () => (await workers()).length === 1);
      const signalled = await marked();
      for (const pid of signalled) isSent(pid, 'SIGTERM');
      await eventually(() => !signalled.some((pid) => isSent(pid, 0)));
    };
    await terminate('crashed');
    await eventually(async () => (await attempts('crashed'))[0]?.outcome === 'crash');
    await terminate('signalled');
    await stopped.stop();
    expect(await attempts('signalled')).toMatchObject([{ outcome: 'released' }]);
    expect(
      await system.query(
        `select model_run_id, state, failures from bridge_trials where model_run_id in ('crashed', 'signalled') order by 1`,
      ),
    ).toEqual([
      { model_run_id: 'crashed', state: 'queued', failures: 1 },
      { model_run_id: 'signalled', state: 'queued', failures: 0 },
    ]);
    await cancelUnheld('crashed', 'signalled');
  });
});

describe('a bridge whose host fails trial after trial', () => {
  test('stops claiming, reports it, and leaves the trials to others', async () => {
    const broken = await system.another([bridge], {
      BRIDGE_HOST_FAILURES: '3',
      BRIDGE_WORKERS: '1',
      BRIDGE_RETRIES: '0',
    });
    await system.post('/api/runs/host/trials', trialsOf(6, 'missing_module'));
    await eventually(async () => (await health(broken)).checks.bridge?.startsWith('claims nothing more') === true);
    const problem = (await health(broken)).checks.bridge;
    expect(problem).toMatch(/3 attempts in a row failed by a cause on this host; the last one: ModuleNotFoundError/);
    expect(await attempts('host')).toHaveLength(3);
    await eventually(async () => {
      const rows = await system.query<{ pause_reason: string }>(
        'select pause_reason from bridges where paused_at is not null',
      );
      return problem?.includes(rows[0]?.pause_reason ?? '?') === true;
    });
    expect(
      await system.query(
        `select count(*)::int as count from bridge_trials where model_run_id = 'host' and state = 'queued'`,
      ),
    ).toEqual([{ count: 3 }]);
    await broken.stop();
    await system.post('/api/runs/host/cancel');
    const other = await system.another([bridge]);
    await system.ended('host', 6);
    await other.stop();
  });
});
