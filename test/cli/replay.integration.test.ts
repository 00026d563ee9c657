import { afterAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createRuntimeWorld } from '../runtime/runtime-world.ts';
import { runThunderline, startThunderline } from '../support/thunderline.ts';

const world = await createRuntimeWorld();
afterAll(() => world.close());

/** Each acts on a terminal: an escape sequence, the same in one character, the title of the window, reordered and hidden text. */
const HOSTILE =
  'r\u001b[2J\u009b31m\u001b]0;title\u0007\u202ecod.exe\u2066\u200b\u2028\r\n  model_runs matches the records';

test('replay --verify prints hostile names and texts as one harmless line each', async () => {
  await runThunderline(world.environment, 'migrate');
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    await client.query(`insert into model_runs (model_run_id, status, outcome_version) values ($1, 'running', '1')`, [
      HOSTILE,
    ]);
    await client.query(
      `insert into cerebros_model_trials (model_run_id, trial_id, status, error_message, outcome_version)
       values ($1, $2, 'failed', $2, '1')`,
      [HOSTILE, `t${HOSTILE}`],
    );
  } finally {
    await client.end();
  }
  const { code, out, err } = await startThunderline(world.environment, ['replay', '--verify', '--run', HOSTILE]).ended;
  // The reason, should it fail before it compares anything.
  expect({ code, err: code === 1 ? '' : err }).toEqual({ code: 1, err: '' });
  for (const output of [out, err]) expect(output).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u);
  const shown =
    'r\\u001b[2J\\u009b31m\\u001b]0;title\\u0007\\u202ecod.exe\\u2066\\u200b\\u2028\\r\\n  model_runs matches the records';
  expect(out).toContain(`  ${shown}  is in the table although no record accounts for it\n`);
  expect(out).toContain(`  ${shown} / t${shown}  is in the table although no record accounts for it\n`);
}, 180_000);
