import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bridge } from '../../src/roles/bridge.ts';
import { commands } from '../../src/roles/commands.ts';
import { postgres } from '../../src/roles/postgres.ts';
import { router } from '../../src/roles/router.ts';
import type { Serving } from '../../src/serve.ts';
import { type BridgeSystem, startBridgeSystem } from '../bridge/support/system.ts';
import { installTestPython } from '../runner/python.ts';
import { eventually } from '../support/eventually.ts';
import { type Exit, startThunderline } from '../support/thunderline.ts';

const TIMEOUT_MS = 180_000;

let system: BridgeSystem;
let folder: string;
let running: Serving | undefined;
beforeAll(async () => {
  system = await startBridgeSystem(
    'misbehave.py',
    { BRIDGE_TIMEOUT_MS: '600000', BRIDGE_WORKERS: '2', BRIDGE_STUDY_PYTHON: await installTestPython() },
    [commands, router, postgres],
  );
  folder = await mkdtemp(join(tmpdir(), 'thunderline-run-'));
}, 300_000);
afterAll(async () => {
  await rm(folder, { recursive: true });
  await system.close();
});

const thunderline = (...args: readonly string[]): Promise<Exit> =>
  startThunderline(system.world.environment, args).ended;
const queue = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await thunderline('queue', ...args);
  return code === 0 ? out : `exit ${code}: ${err}`;
};
/** Why the queued trials of a run wait. */
const why = async (run: string): Promise<string> => {
  const lines = (await queue('list', '--json')).trim().split('\n').filter(Boolean);
  const rows = lines.map((line) => JSON.parse(line) as { model_run_id?: string; why?: string });
  return rows.find(({ model_run_id }) => model_run_id === run)?.why ?? '';
};
const trials = (run: string, count: number, fields: object = {}) =>
  system.post(
    `/api/runs/${run}/trials`,
    Array.from({ length: count }, (_, index) => ({ trial_id: `t${index}`, hyperparams: { do: 'sleep' }, ...fields })),
  );
/** A bridge queues commands also while it runs nothing. */
const queued = (run: string, count: number) =>
  eventually(
    async () => (await system.query('select 1 from bridge_trials where model_run_id = $1', [run])).length === count,
  );
const leased = (count: number) =>
  eventually(async () => (await system.query(`select 1 from bridge_trials where state = 'leased'`)).length === count);

describe('the reason why trials wait', () => {
  test(
    'is that no bridge is alive',
    async () => {
      const only = await system.another([bridge], { BRIDGE_ENABLED: 'false' });
      await trials('a', 3, { parallelism: 1 });
      await queued('a', 3);
      expect(await why('a')).toBe('no bridge is alive: start one with "thunderline serve --roles bridge"');
      expect(await queue()).toMatch(/a +0 +0 of 1 +3 +0 +0 +no bridge is alive/);
      await only.stop();
    },
    TIMEOUT_MS,
  );

  test(
    'is the parallelism of the run',
    async () => {
      running = await system.another([bridge]);
      await leased(1);
      expect(await why('a')).toBe('1 of its trials run, and its parallelism is 1');
    },
    TIMEOUT_MS,
  );

  test(
    'is that all workers are busy, and the trials that come before',
    async () => {
      // The trials of one request are records of several partitions, which a bridge may read in any order.
      await trials('b', 1);
      await leased(2);
      await trials('b', 3);
      await queued('b', 3);
      await trials('c', 1, { priority: -1 });
      await queued('c', 1);
      expect(await why('b')).toMatch(/^all 2 workers are busy/);
      expect(await why('c')).toMatch(
        /^all 2 workers are busy, and (?:1 trial of another run comes|\d+ trials of other runs come) before$/,
      );
      expect(await queue()).toMatch(/ +2 of 2 busy +claims trials/);
    },
    TIMEOUT_MS,
  );

  test(
    'is a hold, which a release ends',
    async () => {
      expect(await queue('hold', 'c')).toBe('held the run c\n');
      expect(await why('c')).toBe('the run is held: npx thunderline queue release "c"');
      expect(await queue('hold', 'c')).toContain('exit 1: thunderline: the run c could not be held');
      expect(await queue('release', 'c')).toBe('released the run c\n');
      expect(await queue('hold', 'c', 't0')).toBe('held the trial t0 of the run c\n');
      expect(await why('c')).toBe('its trials are held: npx thunderline queue release "c"');
      expect(await queue('release', 'c', 't0')).toBe('released the trial t0 of the run c\n');
    },
    TIMEOUT_MS,
  );

  test(
    'is shown for one trial, with each of its attempts',
    async () => {
      const shown = await queue('show', 'b', 't2');
      expect(shown).toMatch(/^state +queued$/m);
      expect(shown).toMatch(/^waits +1 trials of its run come before; all 2 workers are busy/m);
      expect(await queue('show', 'a')).toMatch(/t0 +runs on \S+ +0 +1 +0 +0/);
      const attempt = await queue('show', 'a', 't0');
      expect(attempt).toMatch(/^attempt 1 on \S+, from \S+\n {2}runs/m);
      expect(await queue('show', 'a', 'none')).toContain('the queue has no trial none of the run a');
    },
    TIMEOUT_MS,
  );
});

test(
  'a new priority and a new parallelism take effect',
  async () => {
    expect(await queue('set', 'c', '--priority', '50')).toBe('changed the run c\n');
    expect(await queue('set', 'a', '--parallelism', 'none')).toBe('changed the run a\n');
    expect(await queue('set', 'b', 't2', '--priority', '7')).toBe('changed the trial t2 of the run b\n');
    expect(await queue('set', 'b')).toContain('give --priority or --parallelism');
    const rows = await system.query('select model_run_id, priority, parallelism from bridge_runs order by 1');
    expect(rows).toEqual([
      { model_run_id: 'a', priority: 0, parallelism: null },
      { model_run_id: 'b', priority: 0, parallelism: null },
      { model_run_id: 'c', priority: 50, parallelism: null },
    ]);
    // The run of the highest priority is next: one worker becomes free.
    const [first] = await system.query<{ trial_id: string }>(
      `select trial_id from bridge_trials where model_run_id = 'b' and state = 'leased'`,
    );
    await system.post(`/api/runs/b/trials/${first?.trial_id}/cancel`);
    await eventually(
      async () =>
        (await system.query(`select 1 from bridge_trials where model_run_id = 'c' and state = 'leased'`)).length === 1,
    );
    for (const run of ['a', 'b', 'c']) await system.post(`/api/runs/${run}/cancel`);
    await system.ended('b', 3);
    await system.ended('c', 1);
    expect(await queue('show', 'c', 't0')).toMatch(/cancelled/);
    await running?.stop();
  },
  TIMEOUT_MS,
);

test(
  'a database without the tables of the queue is one sentence',
  async () => {
    const url = new URL(system.world.databaseUrl);
    url.pathname = '/postgres';
    const { code, err } = await startThunderline({ ...system.world.environment, DATABASE_URL: url.href }, ['queue'])
      .ended;
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^thunderline: the tables are out of date: run "npx thunderline migrate" first/),
    ]);
  },
  TIMEOUT_MS,
);

test(
  '`cancel` cancels a trial, or the rest of its run, and names what it cannot cancel',
  async () => {
    const working = await system.another([bridge]);
    await trials('ended-early', 3);
    await queued('ended-early', 3);
    const target = ['--url', system.url];
    const lost = await thunderline('cancel', 'ended-early', '..', ...target);
    expect([lost.code, lost.err]).toEqual([1, expect.stringContaining('no address can have the id ".."')]);
    const one = await thunderline('cancel', 'ended-early', 't1', ...target);
    expect([one.code, one.out]).toEqual([
      0,
      expect.stringContaining('the trial t1 of run ended-early is to be cancelled'),
    ]);
    await system.ended('ended-early', 1);
    const all = await thunderline('cancel', 'ended-early', ...target);
    expect([all.code, all.out]).toEqual([0, expect.stringContaining('the run ended-early is to be cancelled')]);
    await system.ended('ended-early', 3);
    const refused = await thunderline('cancel', 'x'.repeat(300), ...target);
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/^thunderline: 422 command_rejected: /)]);
    await working.stop();
  },
  TIMEOUT_MS,
);

describe('thunderline run', () => {
  test(
    'starts a study from a file, and follows it to its end',
    async () => {
      const working = await system.another([bridge], {
        CEREBROS_SCRIPT_PATH: new URL('../bridge/programs/quadratic.py', import.meta.url).pathname,
      });
      const file = join(folder, 'space.json');
      writeFileSync(file, JSON.stringify({ x: { type: 'float', low: 0, high: 1 } }));
      const { code, out } = await thunderline(
        ...['run', '--trials', '4', '--parallelism', '2', '--search-space', file, '--run', 'from-cli', '--wait'],
        ...['--url', system.url],
      );
      expect(out).toBe(
        'from-cli\ncompleted: 4 of 4 trials have ended, 0 running; 4 completed, 0 failed, 0 skipped, 0 cancelled\n',
      );
      expect(code).toBe(0);
      await working.stop();
    },
    TIMEOUT_MS,
  );

  test(
    'prints every fault of a study that is refused',
    async () => {
      const file = join(folder, 'bad.json');
      writeFileSync(file, JSON.stringify({ x: { type: 'float', low: 2, high: 1 }, y: { type: 'none' } }));
      const { code, err } = await thunderline('run', '--trials', '1', '--search-space', file, '--url', system.url);
      expect(code).toBe(1);
      expect(err).toMatch(
        /422 command_rejected: the study was refused:\n {2}search_space.x .*\n {2}search_space.y.type /,
      );
    },
    TIMEOUT_MS,
  );

  test(
    'names a server that does not answer, and a file that cannot be read',
    async () => {
      expect((await thunderline('run', '--trials', '1', '--url', 'http://127.0.0.1:1')).err).toMatch(
        /http:\/\/127.0.0.1:1 does not answer/,
      );
      expect((await thunderline('run', '--trials', '1', '--search-space', '/none.json')).err).toContain(
        'cannot read /none.json',
      );
    },
    TIMEOUT_MS,
  );
});
