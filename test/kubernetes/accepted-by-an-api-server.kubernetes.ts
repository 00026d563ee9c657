import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEPLOYMENTS } from '../../deploy/kubernetes/deployments.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { check, KUSTOMIZATIONS, type Resource, rendered, resourcesOf } from './manifests.ts';

let cluster: Cluster;
let roles: readonly Resource[];

beforeAll(async () => {
  cluster = await startCluster();
  // The checks of a dry run need the namespace.
  const text = await rendered(cluster, 'roles');
  const namespace = text.split(/^---$/m).find((part) => /^kind: Namespace$/m.test(part)) ?? '';
  const { code, err } = await cluster.kubectl(['apply', '--server-side', '-f', '-'], namespace);
  if (code !== 0) throw new Error(err);
  roles = await resourcesOf(cluster, 'roles');
}, 3_600_000);

afterAll(() => cluster?.stop());

describe.each(KUSTOMIZATIONS)('deploy/kubernetes/%s', (name) => {
  test('is accepted without a warning', async () => {
    const { code, err } = await check(cluster, await rendered(cluster, name));
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test('can be applied, and applied again without a change', async () => {
    const text = await rendered(cluster, name);
    const apply = () => cluster.kubectl(['apply', '--server-side', '--validate=strict', '-f', '-'], text);
    expect(await apply()).toMatchObject({ code: 0, err: '' });
    const read = async () => (await cluster.kubectl(['get', '-o', 'json', '-f', '-'], text)).out;
    const before = JSON.parse(await read());
    expect(await apply()).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(await read())).toEqual(before);
    // A job and a pod cannot be changed, and the example has others of the same names.
    const gone = ['-n', 'thunderline', 'delete', 'job,pod', '--all', '--wait=false', '--force', '--grace-period=0'];
    expect(await cluster.kubectl(gone)).toMatchObject({ code: 0 });
  });
});

test('the overlay of the example sets the images and the addresses everywhere', async () => {
  const texts = await Promise.all(
    (['example/roles', 'example/migration', 'example/console'] as const).map((name) => rendered(cluster, name)),
  );
  const all = texts.join('\n');
  const images = [...all.matchAll(/^\s*image: (\S+)$/gm)].map(([, image = '']) => image);
  // And those of the migration, the console and the nightly retention.
  expect(images.length).toBe(Object.keys(DEPLOYMENTS).length + 3);
  expect(images.filter((image) => !image.startsWith('images.example/thunderline'))).toEqual([]);
  expect(all).not.toContain('kafka-kafka-bootstrap');
  expect(all.match(/bootstrapServers: kafka-1\.example:9093,/g)?.length).toBeGreaterThan(5);
});

describe('pod security', () => {
  const podOf = (deployment: Resource, change: (spec: Resource['spec']) => Resource['spec']): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: deployment.metadata.name, namespace: 'thunderline' },
      spec: change(deployment.spec.template.spec),
    });
  const create = (pod: string) => cluster.kubectl(['create', '--dry-run=server', '-f', '-'], pod);
  const deployment = (name: string): Resource => {
    const found = roles.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
    if (found === undefined) throw new Error(`no Deployment ${name}`);
    return found;
  };

  test.each(Object.keys(DEPLOYMENTS))('admits a pod of %s', async (name) => {
    expect(await create(podOf(deployment(name), (spec) => spec))).toMatchObject({ code: 0, err: '' });
  });

  test('admits a pod of the nightly retention', async () => {
    const nightly = roles.find(({ kind }) => kind === 'CronJob');
    const pod = { ...nightly, spec: nightly?.spec.jobTemplate.spec } as Resource;
    expect(await create(podOf(pod, (spec) => spec))).toMatchObject({ code: 0, err: '' });
  });

  test('refuses the same pod as root', async () => {
    const asRoot = podOf(deployment('router'), (spec) => ({ ...spec, securityContext: { runAsUser: 0 } }));
    const { code, err } = await create(asRoot);
    expect(code).not.toBe(0);
    expect(err).toContain('violates PodSecurity "restricted');
  });

  test('refuses the same pod with a capability', async () => {
    const withCapability = podOf(deployment('router'), (spec) => ({
      ...spec,
      containers: spec.containers.map((container: { securityContext: object }) => ({
        ...container,
        securityContext: { ...container.securityContext, capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } },
      })),
    }));
    expect((await create(withCapability)).err).toContain('violates PodSecurity "restricted');
  });
});

/** Faults that the check must find, or it would prove nothing. */
describe('the API server refuses', () => {
  const changed = async (from: RegExp, to: string): Promise<string> => {
    const text = await rendered(cluster, 'roles');
    expect(text).toMatch(from);
    return text.replace(from, to);
  };

  test.each([
    ['a field that is misspelt', /readinessProbe:/, 'readynessProbe:', 'readynessProbe'],
    [
      'a disruption budget with two bounds',
      /maxUnavailable: 1/,
      'maxUnavailable: 1\n  minAvailable: 1',
      'cannot be both set',
    ],
    ['text for a number of replicas', /maxReplicaCount: 6/, 'maxReplicaCount: six', 'maxReplicaCount'],
    [
      'a selector that its pods do not match',
      /(matchLabels:\n {6}app.kubernetes.io\/name: )router/,
      '$1other',
      'does not match',
    ],
    ['a port of a probe that is no port', /port: health/, 'port: health_of_role', 'port'],
  ])('%s', async (_, from, to, message) => {
    const { code, err } = await check(cluster, await changed(from, to));
    expect(code).not.toBe(0);
    expect(err).toContain(message);
  });
});
