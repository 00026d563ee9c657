import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT } from '../runner/jest.ts';
import { builtImages, type Images, publishedBase } from './built-images.ts';
import { podman } from './containers.ts';
import { hadolint } from './hadolint.ts';

/** Size that the image may add to its base. */
const MAX_ADDED_MB = 80;

interface Inspected {
  readonly Size: number;
  readonly Config: {
    readonly User: string;
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly Healthcheck?: { readonly Test: readonly string[] };
}

let images: Images;

beforeAll(async () => {
  images = await builtImages();
}, 900_000);

const packageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};

const inspect = async (image: string): Promise<Inspected> => {
  const [found] = JSON.parse(await podman('image', 'inspect', image)) as Inspected[];
  if (found === undefined) throw new Error(`no image ${image}`);
  return found;
};

/** Runs a shell line in a new container of an image, as its user. */
const shell = (image: string, line: string): Promise<string> =>
  podman(
    'run',
    '--rm',
    '--network',
    'none',
    '--ulimit',
    'nofile=1024:1024',
    '--ulimit',
    'nproc=512:512',
    '--no-healthcheck',
    '--entrypoint',
    'sh',
    image,
    '-c',
    line,
  );

test('hadolint has nothing to say about the Dockerfile', async () => {
  expect(await hadolint(join(ROOT, 'Dockerfile'))).toBe('');
});

test('hadolint finds a fault in a Dockerfile that has one', async () => {
  expect(await hadolint(join(import.meta.dirname, 'faulty.Dockerfile'))).toContain('DL3002');
});

test('the base has the Node that package.json pins', () => {
  expect(publishedBase()).toContain(`node:${packageJson.dependencies.node}-`);
});

describe.each(['roles', 'bridge'] as const)('the image of %s', (name) => {
  test('runs as a numbered user, has a health check and the version of package.json', async () => {
    const { Config, Healthcheck } = await inspect(images[name]);
    expect(Config.User).toBe('1000:1000');
    expect(Healthcheck?.Test).toEqual(['CMD', 'node', '/app/bin/healthcheck.js']);
    expect(Config.Labels['org.opencontainers.image.version']).toBe(packageJson.version);
  });

  test('has one Node', async () => {
    const found = await shell(images[name], 'find / -xdev -name node -type f -size +1M 2>/dev/null; true');
    expect(found).toBe('/usr/local/bin/node');
    expect(await shell(images[name], 'node --version')).toBe(`v${packageJson.dependencies.node}`);
  });

  test('has the code of the roles, and neither tests, parts nor tools of development', async () => {
    const found = (await shell(images[name], 'ls -A /app')).split('\n');
    expect(found.sort()).toEqual([
      'LICENSE',
      'bin',
      'node_modules',
      'package.json',
      'schemas',
      'src',
      'web',
      'workers',
    ]);
    const packages = (await shell(images[name], 'ls /app/node_modules')).split('\n');
    expect(packages).toContain('kafkajs');
    expect(packages).not.toContain('jest');
    expect(packages).not.toContain('typescript');
  });

  test('has no file that its user may change', async () => {
    expect(await shell(images[name], 'find /app /opt -writable ! -type l 2>/dev/null; true')).toBe('');
  });
});

test('the image of the roles adds little to its base, and no Python', async () => {
  const [image, base] = await Promise.all([inspect(images.roles), inspect(images.base)]);
  expect((image.Size - base.Size) / 1e6).toBeLessThan(MAX_ADDED_MB);
  expect(await shell(images.roles, 'command -v python3 || echo none')).toBe('none');
});

test('the image of the bridge has the packages of studies and of the bundled worker', async () => {
  const versions = await shell(
    images.bridge,
    '"$CEREBROS_PYTHON" -c "import optuna, psycopg2, numpy; print(optuna.__version__)"',
  );
  expect(versions).toMatch(/^\d+\.\d+/);
});

test('the health check fails where nothing listens', async () => {
  const line = 'PORT=1 node /app/bin/healthcheck.js; echo "exit code $?"';
  expect(await shell(images.roles, line)).toContain('exit code 1');
});

test('a command without a setting that it needs ends with exit code 1', async () => {
  expect(
    await shell(images.roles, 'node /app/bin/thunderline.js serve --roles nothing 2>&1; echo "exit code $?"'),
  ).toMatch(/unknown roles: nothing.*exit code 1/s);
});
