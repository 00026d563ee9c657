import { expect, test } from '@jest/globals';
import { createQueryWorld } from './query-world.ts';

test('a value that Postgres cannot compute with is refused, and not reported as an outage', async () => {
  const { get, tables, close } = await createQueryWorld();
  try {
    await tables.query(`
      alter table trial_index rename to held_trial_index;
      create view trial_index as
        select h.* from (values (1)) one, lateral (select ln(-1 - random())) s, held_trial_index h`);
    expect(await get('/api/trials', 400)).toMatchObject({
      code: 'malformed_request',
      detail: expect.stringContaining('cannot take logarithm of a negative number'),
    });
  } finally {
    await close();
  }
}, 180_000);
