import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { printError } from '../../dev/machine/print-error.ts';
import { createProgress } from '../../dev/machine/progress.ts';
import { isPythonInstalled, pythonEnvironment } from '../../dev/parts/python.ts';
import { HOME, PARTS_FOLDER } from '../../dev/stack/folders.ts';
import { startStack } from '../../dev/stack/stack.ts';
import { artifacts } from '../../src/roles/artifacts.ts';
import { live } from '../../src/roles/live.ts';
import { queries } from '../../src/roles/queries.ts';
import { createKeyedWorld } from '../access/gateway.ts';
import { installTestPython } from '../runner/python.ts';
import { fuzzLive } from './fuzz-live.ts';

/**
 * `npm run test:fuzz`: a real gateway against a client that knows nothing but its `/openapi.json`: schemathesis. It makes
 * events that fit the schema, which must be accepted, and others, which must be refused, and holds every answer against
 * what is described. Fails on any finding, and when fewer than {@link LEAST_CASES} were tried.
 */
const LEAST_CASES = 5_000;

/**
 * Events that fit the schema are made to agree with what no schema says; the others are taken as they come. Examples are of each
 * operation, of which there are some thirty.
 */
const RUNS = [
  ['--mode=positive', '--phases=examples,coverage,fuzzing', '--max-examples=600', 'sensible'],
  ['--mode=negative', '--phases=coverage,fuzzing', '--max-examples=400', 'hooks'],
] as const;

const FUZZER = pythonEnvironment('fuzz-python', join(import.meta.dirname, 'requirements.txt'), 'the fuzzer of the API');

const stack = await startStack({
  home: join(HOME, 'fuzz'),
  parts: PARTS_FOLDER,
  environment: process.env,
  progress: createProgress(process.stderr),
  only: ['kafka', 'registry', 'postgres', 's3'],
  tools: isPythonInstalled(PARTS_FOLDER, FUZZER) ? [] : ['python'],
}).catch((error: unknown) => {
  printError(error);
  process.exit(1);
});
Object.assign(process.env, stack.environment);
const folder = mkdtempSync(join(tmpdir(), 'thunderline-fuzz-'));
const python = await installTestPython(FUZZER);
const keyed = await createKeyedWorld();
try {
  const { key } = await keyed.issue(['admin']);
  const limits = {
    AUTH_FAILURES_PER_MINUTE: '1000000',
    LIMIT_EVENTS_PER_SECOND: '0',
    LIMIT_BYTES_PER_SECOND: '0',
    LIMIT_NEW_TRIALS_PER_HOUR: '0',
    LIMIT_NEW_METRICS_PER_HOUR: '0',
    LIVE_CONNECTIONS_PER_SECOND: '100000',
    LIVE_MAX_CLIENTS_PER_KEY: '2000',
  };
  const { url } = await keyed.start(limits, artifacts, queries, live);
  let cases = 0;
  for (const [mode, phases, examples, hooks] of RUNS) cases += await fuzz(url, key, hooks, [mode, phases, examples]);
  cases += await fuzzLive(url, key);
  console.log(`\n${cases} cases tried against ${url}, at least ${LEAST_CASES} wanted`);
  if (cases < LEAST_CASES) process.exitCode = 1;
} finally {
  await keyed.close();
  await stack.stop();
  rmSync(folder, { recursive: true });
}

/** Runs the fuzzer once, shows what it says, and returns the number of cases it tried. */
async function fuzz(url: string, key: string, hooks: string, args: readonly string[]): Promise<number> {
  const config = join(import.meta.dirname, 'schemathesis.toml');
  const program = join(dirname(python), 'schemathesis');
  const common = ['--checks=all', '--continue-on-failure', '--suppress-health-check=all', '--generation-database=none'];
  const child = spawn(
    program,
    [
      '--config-file',
      config,
      'run',
      `${url}/openapi.json`,
      `--header=Authorization: Bearer ${key}`,
      '--exclude-path=/api/live',
      ...common,
      ...args,
    ],
    {
      cwd: folder,
      env: { ...process.env, SCHEMATHESIS_HOOKS: hooks, PYTHONPATH: import.meta.dirname, PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk;
    process.stdout.write(chunk);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) process.exitCode = 1;
  return Number(/([\d,]+) generated/.exec(said)?.[1]?.replaceAll(',', '') ?? 0);
}
