import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { BUDGET_POLICY, createCallBudget } from '../../src/mlflow/call-budget.ts';
import { MlflowUnavailable } from '../../src/mlflow/mlflow-unavailable.ts';
import { createAdvisoryLocks } from '../../src/store/advisory-locks.ts';
import { query } from '../support/query.ts';
import { createWorld } from '../support/world.ts';

const world = await createWorld();
const opened: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of opened) await close();
  await world.close();
});

const POLICY = { ...BUDGET_POLICY, ownPlaces: 4, keepMs: 30, restMs: 30, idleMs: 20, pollMs: 5 };

/** The budget of one process. */
function processOf(server: string, policy = POLICY) {
  const locks = createAdvisoryLocks(world.databaseUrl, 'test');
  const budget = createCallBudget(locks, server, policy);
  opened.push(async () => {
    await budget.close();
    await locks.close();
  });
  return budget;
}

/** Counts the work in progress, of all processes and by run. */
function createCounter() {
  const active = new Map<string, number>();
  const most = new Map<string, number>();
  const change = (name: string, by: number) => {
    const now = (active.get(name) ?? 0) + by;
    active.set(name, now);
    most.set(name, Math.max(most.get(name) ?? 0, now));
  };
  return {
    most: (name: string) => most.get(name) ?? 0,
    async work(...names: readonly string[]) {
      for (const name of names) change(name, 1);
      await delay(3);
      for (const name of names) change(name, -1);
    },
  };
}

test('over all processes four requests are in flight, and every process gets its turn', async () => {
  const counter = createCounter();
  const done = [0, 0, 0];
  const processes = [processOf('many'), processOf('many'), processOf('many')];
  await Promise.all(
    processes.flatMap((budget, index) =>
      Array.from({ length: 60 }, () =>
        budget.run(undefined, undefined, async () => {
          await counter.work('all');
          done[index] = (done[index] ?? 0) + 1;
        }),
      ),
    ),
  );
  expect(counter.most('all')).toBeLessThanOrEqual(4);
  expect(counter.most('all')).toBeGreaterThan(1);
  expect(done).toEqual([60, 60, 60]);
});

test('a process without a pause in its work leaves room for another one', async () => {
  const [busy, late] = [processOf('hoard'), processOf('hoard', { ...POLICY, waitMs: 30_000 })];
  let isDone = false;
  let inFlight = 0;
  const full = Promise.withResolvers<void>();
  const working = Array.from({ length: 8 }, async () => {
    while (!isDone) {
      await busy.run(undefined, undefined, async () => {
        inFlight += 1;
        if (inFlight === POLICY.places) full.resolve();
        await delay(3);
        inFlight -= 1;
      });
    }
  });
  await full.promise;
  for (let times = 0; times < 5; times += 1) await late.run(undefined, undefined, () => delay(3));
  isDone = true;
  await Promise.all(working);
});

test('one request at a time writes to a run, over all processes', async () => {
  const counter = createCounter();
  const processes = [processOf('runs'), processOf('runs')];
  await Promise.all(
    processes.flatMap((budget) =>
      Array.from({ length: 20 }, (_, index) => {
        const run = `run-${index % 2}`;
        return budget.run(run, undefined, () => counter.work('all', run));
      }),
    ),
  );
  expect([counter.most('run-0'), counter.most('run-1')]).toEqual([1, 1]);
  expect(counter.most('all')).toBeLessThanOrEqual(4);
});

test('another server has a budget of its own', async () => {
  const busy = processOf('busy', { ...POLICY, places: 1 });
  const held = Promise.withResolvers<void>();
  const holding = busy.run(undefined, undefined, () => held.promise);
  await expect(processOf('other').run(undefined, undefined, async () => 'done')).resolves.toBe('done');
  held.resolve();
  await holding;
});

test('a wait ends at its limit, and when its signal is aborted', async () => {
  const holder = processOf('full', { ...POLICY, places: 1 });
  const held = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const holding = holder.run('run', undefined, () => {
    started.resolve();
    return held.promise;
  });
  await started.promise;
  const waiting = processOf('full', { ...POLICY, places: 1, waitMs: 20 });
  const never = () => Promise.reject(new Error('must not run'));
  const byLimit = await waiting.run(undefined, undefined, never).catch((error: unknown) => error);
  expect(byLimit).toBeInstanceOf(MlflowUnavailable);
  expect(byLimit).toMatchObject({ reason: 'budget', message: expect.stringContaining('not free within 20 ms') });
  const byRun = await waiting.run('run', undefined, never).catch((error: unknown) => error);
  expect(byRun).toMatchObject({ reason: 'budget', message: expect.stringContaining('run run was not free') });
  const stop = new AbortController();
  const patient = processOf('full', { ...POLICY, places: 1 }).run(undefined, stop.signal, never);
  stop.abort(new Error('stopped'));
  await expect(patient).rejects.toThrow('stopped');
  held.resolve();
  await holding;
});

test('survives a lost connection to Postgres', async () => {
  const budget = processOf('lost');
  await budget.run('run', undefined, async () => {
    await query(
      world.databaseUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'thunderline test' and datname = current_database()`,
    );
  });
  const results = await Promise.all(
    Array.from({ length: 12 }, (_, index) => budget.run('run', undefined, async () => index)),
  );
  expect(results).toHaveLength(12);
});

test('work that fails frees its place and its run', async () => {
  const budget = processOf('failing', { ...POLICY, places: 1 });
  for (let times = 0; times < 3; times += 1) {
    await expect(budget.run('run', undefined, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  }
  await expect(budget.run('run', undefined, async () => 'yes')).resolves.toBe('yes');
});
