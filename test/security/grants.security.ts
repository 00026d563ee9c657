import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { addAccess, removeAccess } from '../../src/kafka/admin/access-lists.ts';
import { ROLE_NAMES, ROLES, type RoleName } from '../../src/pipeline.ts';
import { accessEntries, rightsOf } from '../../src/roles/kafka-grants.ts';
import { ask } from '../support/ask.ts';
import { query } from '../support/query.ts';
import { runThunderline, startThunderline } from '../support/thunderline.ts';
import { until } from '../support/until.ts';
import { createWorld, mlflowReady, type World } from '../support/world.ts';
import { type RoleFleet, startFleet } from './harness/role-fleet.ts';
import { type SecureBroker, startSecureBroker } from './harness/secure-broker.ts';

/** Each role as a principal of its own, on a broker that grants nothing by itself. The tests build on each other. */
const WAIT_MS = 60_000;
const PASSWORD = 'pass-word-1';
const KAFKA_ROLES: readonly RoleName[] = ROLE_NAMES.filter((name) => name !== 'pages');

let world: World;
let broker: SecureBroker;
let admin: Admin;
let fleet: RoleFleet;

const entriesOf = (principal: string) =>
  accessEntries(ROLES, world.topicPrefix, 'User:{role}').filter((entry) => entry.principal === principal);
const entry = (role: RoleName, operation: string, name: string) => {
  const found = entriesOf(`User:${role}`).find((one) => one.operation === operation && one.name === name);
  if (found === undefined) throw new Error(`${role} has no right to ${operation} ${name}`);
  return found;
};

const lacks = async (role: RoleName, sentence: string): Promise<void> =>
  void (await until(`${role} reports "${sentence}"`, WAIT_MS, async () =>
    (await fleet.problems(role)).includes(sentence),
  ));
const ready = async (role: RoleName): Promise<void> =>
  void (await until(`${role} is ready`, WAIT_MS, async () => {
    const problems = await fleet.problems(role);
    if (problems !== '') throw new Error(problems);
    return true;
  }));

const post = (event: object) =>
  ask(`${fleet.urlOf('gateway')}/api/events/ml`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
  });

/** Starts a trial through the gateway, and resolves when the role `postgres` has stored it. */
async function runTrial(): Promise<void> {
  const trial = randomUUID();
  const answer = await post({ event: 'ml.trial.start', model_run_id: 'secure', trial_id: trial });
  expect(answer).toMatchObject({ status: 202 });
  const point = {
    event: 'ml.run.metric',
    model_run_id: 'secure',
    trial_id: trial,
    metric_name: 'loss',
    metric_value: 1,
  };
  expect(await post(point)).toMatchObject({ status: 202 });
  await stored(trial);
}

const stored = (trial: string) =>
  until('the trial is stored', WAIT_MS, async () => {
    const { rowCount } = await query(world.databaseUrl, 'select 1 from trials where trial_id = $1', [trial]);
    return rowCount === 1;
  });

beforeAll(async () => {
  world = await createWorld();
  broker = await startSecureBroker(Object.fromEntries([...ROLE_NAMES, 'operator'].map((name) => [name, PASSWORD])));
  admin = broker.client(broker.administrator).admin();
  await admin.connect();
  const environment = { ...world.environment, MLFLOW_TRACKING_URI: await mlflowReady() };
  await runThunderline(environment, 'migrate');
  fleet = await startFleet((role) => ({
    ...environment,
    ...broker.user(role),
    ARCHIVE_PREFIX: `${world.bucketPrefix}archive`,
    ARCHIVE_OBJECT_AGE_MS: '1000',
  }));
});
afterAll(async () => {
  await fleet?.stop();
  await admin?.disconnect();
  await broker?.stop();
  await world?.close();
});

test.each(KAFKA_ROLES)('%s names every right that it lacks, and waits', async (role) => {
  const rights = rightsOf(ROLES.find(({ name }) => name === role) as (typeof ROLES)[number], world.topicPrefix);
  expect(rights.length).toBeGreaterThan(0);
  const list = rights.map(({ operation, resource, name }) => `${operation} ${resource} ${name}`).join(', ');
  await lacks(
    role,
    `waits for Kafka: Kafka does not allow User:${role} to ${list}: grant it as in deploy/kafka-acls.md`,
  );
});

test('an operator creates the topics, with the rights of an operator', async () => {
  const environment = { ...world.environment, ...broker.user('operator') };
  await expect(runThunderline(environment, 'topics', '--apply')).rejects.toThrow(
    `Kafka does not allow User:operator to CREATE topic ${world.topicPrefix}ml.commands, CREATE topic`,
  );
  await addAccess(admin, entriesOf('User:operator'));
  await runThunderline(environment, 'topics', '--apply');
  await expect(runThunderline(environment, 'topics')).resolves.toContain(`${world.topicPrefix}ml.deadletters`);
});

test('every role starts once its rights are granted, without a restart', async () => {
  const environment = { ...world.environment, ...broker.administrator };
  const said = await runThunderline(environment, 'acls', '--apply');
  expect(said).toContain(`of ${KAFKA_ROLES.length + 1} principals are granted`);
  for (const role of ROLE_NAMES) await ready(role);
});

test('events pass through all roles', async () => {
  await runTrial();
  const runs = await until('the queries have the position of the tables', WAIT_MS, async () => {
    const { body } = await ask<{ as_of: string | null }>(`${fleet.urlOf('queries')}/api/runs`);
    return body.as_of !== null && body;
  });
  expect(JSON.stringify(runs)).toContain('secure');
  const command = await ask(`${fleet.urlOf('commands')}/api/runs/secure/cancel`, { method: 'POST' });
  expect(command.status).toBe(202);
  const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
  await until('every group has committed', WAIT_MS, async () => {
    for (const groupId of groups) {
      const [topic] = await admin.fetchOffsets({ groupId });
      if (topic === undefined || topic.partitions.every(({ offset }) => offset === '-1')) throw new Error(groupId);
    }
    return true;
  });
  const letters = await admin.fetchTopicOffsets(`${world.topicPrefix}ml.deadletters`);
  expect(letters.map(({ high }) => high)).toEqual(['0', '0', '0']);
});

describe('the command line of an operator', () => {
  const environment = () => ({ ...world.environment, ...broker.user('operator') });
  const run = (...args: readonly string[]) => runThunderline(environment(), ...args);

  test('reads records again, lists dead letters and sends them back', async () => {
    const producer = broker.client(broker.administrator).producer();
    await producer.connect();
    await producer.send({ topic: `${world.topicPrefix}ml.events`, messages: [{ key: 'x', value: 'no record' }] });
    await producer.disconnect();
    expect(await run('replay', '--dry-run')).toContain('ml.trial.start');
    expect(await run('replay', '--sink', 'postgres')).toContain('done: ');
    await until('the router has rejected the record', WAIT_MS, async () =>
      (await run('deadletters', 'list')).includes('not_wire_format'),
    );
    expect(await run('deadletters', 'replay')).toContain('1 replayed, 0 not replayed');
    expect(await run('topics')).toContain(`${world.topicPrefix}ml.deadletters`);
  });

  test('names the rights that it lacks, and not a broker that does not answer', async () => {
    const groups = entriesOf('User:operator').filter(({ resource }) => resource === 'group');
    await removeAccess(admin, groups);
    for (const args of [
      ['replay', '--dry-run'],
      ['deadletters', 'list'],
      ['deadletters', 'replay', '--dry-run'],
    ]) {
      await expect(run(...args)).rejects.toThrow(
        /Kafka does not allow User:operator to READ group \S+, DELETE group \S+: grant it as in/,
      );
    }
    await addAccess(admin, groups);
  });

  test.each(KAFKA_ROLES)(
    'validate --roles %s passes with the rights of the role, and names what is missing',
    async (role) => {
      const validate = (user: string) =>
        startThunderline({ ...world.environment, ...broker.user(user) }, ['validate', '--json', '--roles', role]).ended;
      const kafkaOf = (out: string) =>
        (JSON.parse(out) as { checks: { check: string; status: string; detail: string }[] }).checks.find(
          ({ check }) => check === 'kafka',
        );
      expect(kafkaOf((await validate(role)).out)).toMatchObject({ status: 'pass' });
      const other = role === 'router' ? 'archive' : 'router';
      const found = kafkaOf((await validate(other)).out);
      expect(found?.detail).toContain(`Kafka does not allow User:${other} to `);
    },
  );
});

describe('a right that is taken away while a role runs', () => {
  test('READ of the group: the consumer reports it, and continues when it is granted', async () => {
    const right = entry('router', 'READ', `${world.topicPrefix}thunderline.router.`);
    await removeAccess(admin, [right]);
    await lacks('router', `does not allow User:router to READ group ${world.topicPrefix}thunderline.router.ml.events:`);
    const trial = randomUUID();
    await post({ event: 'ml.trial.start', model_run_id: 'secure', trial_id: trial });
    await addAccess(admin, [right]);
    await stored(trial);
    await ready('router');
  });

  test('READ of a topic: the same', async () => {
    const right = entry('postgres', 'READ', `${world.topicPrefix}ml.events.high`);
    await removeAccess(admin, [right]);
    await lacks('postgres', `does not allow User:postgres to READ topic ${world.topicPrefix}ml.events.high:`);
    await addAccess(admin, [right]);
    await ready('postgres');
    await runTrial();
  });

  test('WRITE of a stage: its records wait, and are written when it is granted', async () => {
    const right = entry('router', 'WRITE', `${world.topicPrefix}ml.events.high`);
    await removeAccess(admin, [right]);
    const trial = randomUUID();
    await post({ event: 'ml.trial.start', model_run_id: 'secure', trial_id: trial });
    await lacks('router', `does not allow User:router to WRITE topic ${world.topicPrefix}ml.events.high:`);
    await addAccess(admin, [right]);
    await stored(trial);
    await ready('router');
  });

  test('WRITE of the gateway: it answers 503 and is not ready, until it is granted', async () => {
    const right = entry('gateway', 'WRITE', `${world.topicPrefix}ml.events`);
    await removeAccess(admin, [right]);
    await until('the gateway refuses events', WAIT_MS, async () => {
      const { status, body } = await post({ event: 'ml.trial.start', model_run_id: 'lost', trial_id: randomUUID() });
      return status === 503 && body.code === 'kafka_unavailable';
    });
    await lacks('gateway', `does not allow User:gateway to WRITE topic ${world.topicPrefix}ml.events:`);
    await addAccess(admin, [right]);
    await ready('gateway');
    await runTrial();
  });
});

test('each principal has the rights of its role and no others', async () => {
  const { resources } = await admin.describeAcls(ANY);
  const found = resources.flatMap(({ resourceName, acls }) =>
    acls.map(({ principal }: { principal: string }) => `${principal} ${resourceName}`),
  );
  const wanted = accessEntries(ROLES, world.topicPrefix, 'User:{role}').map(
    ({ principal, name }) => `${principal} ${name}`,
  );
  expect([...new Set(found)].sort()).toEqual([...new Set(wanted)].sort());
});

/** Every entry of the access control lists. */
const ANY = { resourceType: 1, resourcePatternType: 1, operation: 1, permissionType: 1 };
