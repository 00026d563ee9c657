import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { topicName } from '../../../src/topics.ts';
import { until } from '../../support/until.ts';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { startCommand } from '../harness/command.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { startLoad } from '../harness/load.ts';
import { FAULTS_HOME } from '../harness/parts.ts';
import { produce } from '../harness/produce.ts';
import { settled } from '../harness/settle.ts';

let world: FaultWorld;
beforeAll(async () => {
  world = await createFaultWorld();
  await (await world.start(['gateway'])).ready();
});
afterAll(() => world.close());

const FOREIGN = Buffer.from('a record whose batch a disk will damage');
const LOGS = join(FAULTS_HOME, 'kafka/data/kafka/logs');

/** Flips a byte of the broker's own file, in the first place where `find` finds one; returns a function that repairs it. */
function damage(find: (segment: Buffer) => number): () => void {
  const prefix = `${topicName(world.topicPrefix, 'ml.events')}-`;
  for (const folder of readdirSync(LOGS).filter((name) => name.startsWith(prefix))) {
    const path = join(LOGS, folder, '00000000000000000000.log');
    const bytes = readFileSync(path);
    const at = find(bytes);
    if (at < 0) continue;
    const write = (byte: number): void => {
      const file = openSync(path, 'r+');
      writeSync(file, Buffer.of(byte), 0, 1, at);
      closeSync(file);
    };
    const byte = bytes[at] as number;
    write(byte ^ 0xff);
    return () => write(byte);
  }
  throw new Error('no partition has the bytes to damage');
}

test('a batch that is damaged on the disk stops its partition until it is repaired, and no other one', async () => {
  const load = startLoad(world, { events: 2_000, perSecond: 2_000 });
  await load.done;
  // A byte of the first record, after the header of its batch.
  const repair = damage((segment) => (segment.length > 200 ? 150 : -1));
  const roles = await world.start(['router', 'archive', 'postgres']);
  const problems = await until('both readers of the topic name the batch', 90_000, async () => {
    const text = await roles.problems();
    return text.match(/codec none\) cannot be read: its checksum does not match/g)?.length === 2 && text;
  });
  expect(problems).toMatch(/ml\.events\/\d+ waits: the batch at offset 0 \(up to \d+, \d+ bytes, codec none\)/);
  // The events of the other partitions arrive.
  await until('rows of other partitions', 60_000, async () => {
    const { rows } = await world.query('select count(*)::int as count from cerebros_model_trials');
    return rows[0].count > 0;
  });
  expect((await roles.health('live')).ok).toBe(true);

  repair();
  await settled(world, ['router', 'postgres', 'archive']);
  await roles.ready();
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  expect(await roles.stop()).toBe('exit code 0');
});

test('a log that the broker itself cannot read stops its partition until it is repaired', async () => {
  await produce(world, 'ml.events', [FOREIGN]);
  // The length in the header of the batch that contains the record.
  const repair = damage((segment) => {
    const found = segment.lastIndexOf(FOREIGN);
    let at = 0;
    const nextAt = (): number => at + 12 + segment.readInt32BE(at + 8);
    while (found >= 0 && nextAt() <= found) at = nextAt();
    return found < 0 ? -1 : at + 8;
  });
  const roles = await world.start(['router', 'archive', 'postgres']);
  await until('readiness names the answer of the broker', 90_000, async () =>
    /offset \d+ cannot be read: the broker answers [A-Z_]+/.test(await roles.problems()),
  );
  const load = startLoad(world, { events: 1_000, perSecond: 1_000 });
  await load.done;
  expect((await roles.health('live')).ok).toBe(true);
  repair();
  await settled(world, ['router', 'postgres', 'archive']);
  expect(await account(world, load)).toMatchObject({ ...NOTHING_LOST, deadLetters: ['not_wire_format'] });
  await roles.stop();
});

test('a permanently damaged batch is skipped by the commands that readiness names', async () => {
  await produce(world, 'ml.events', [FOREIGN]);
  damage((segment) => segment.lastIndexOf(FOREIGN));
  const load = startLoad(world, { events: 1_500, perSecond: 1_000 });
  const roles = await world.start(['router', 'archive', 'postgres']);
  await load.done;
  const commands = await until('both readers name a command', 90_000, async () => {
    const found = [...(await roles.problems()).matchAll(/npx thunderline (deadletters skip [^;]+)/g)];
    return found.length === 2 && found.map(([, command = '']) => command.trim().split(' '));
  });
  for (const command of commands) {
    const { code, output } = await startCommand(world, ...command).ended;
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('passes over it') });
  }
  await settled(world, ['router', 'postgres', 'archive']);
  await roles.ready();
  expect(await account(world, load)).toMatchObject({
    ...NOTHING_LOST,
    deadLetters: expect.arrayContaining(['unreadable_batch', 'unreadable_batch']),
  });
});
