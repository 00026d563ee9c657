import type { Tool } from '../dev/machine/prerequisites.ts';
import { printError } from '../dev/machine/print-error.ts';
import { isPythonInstalled } from '../dev/parts/python.ts';
import { PARTS_FOLDER } from '../dev/stack/folders.ts';
import { TEST_PYTHON } from '../test/runner/python.ts';
import { isBentoBuilt } from './bento.ts';
import { type Figure, formatTable } from './table.ts';
import { withStack } from './with-stack.ts';

/** One measurement, or several that belong together. Reports its progress on the console; reads `process.env` for the parts. */
interface Bench {
  /** Tools that it needs on this machine, beside those of the parts. */
  readonly tools: () => readonly Tool[];
  readonly load: () => Promise<{ run(): Promise<readonly Figure[]> }>;
}

const none = (): readonly Tool[] => [];
const forBento = (): readonly Tool[] => (isBentoBuilt() ? [] : ['go']);
const forPython = (): readonly Tool[] => (isPythonInstalled(PARTS_FOLDER, TEST_PYTHON) ? [] : ['python']);

/** By name, in the order in which they run. `mlflow` and `scale` name all their parts. */
const BENCHES: Readonly<Record<string, Bench>> = {
  client: { tools: forPython, load: () => import('./client.ts') },
  ingest: { tools: () => ['wrk', ...forBento()], load: () => import('./ingest.ts') },
  router: { tools: none, load: () => import('./router.ts') },
  sink: { tools: forBento, load: () => import('./sink.ts') },
  visibility: { tools: none, load: () => import('./visibility.ts') },
  replay: { tools: none, load: () => import('./replay.ts') },
  bridge: { tools: forPython, load: () => import('./bridge.ts') },
  queries: { tools: none, load: () => import('./queries.ts') },
  'query-api': { tools: none, load: () => import('./query-api.ts') },
  'scale-tiers': { tools: none, load: () => import('./scale-tiers.ts') },
  'scale-move': { tools: none, load: () => import('./scale-move.ts') },
  'scale-insert': { tools: none, load: () => import('./scale-insert.ts') },
  tracing: { tools: () => ['wrk'], load: () => import('./tracing.ts') },
  live: { tools: none, load: () => import('./live.ts') },
  'mlflow-mirror': { tools: forPython, load: () => import('./mlflow-mirror.ts') },
  'mlflow-backlog': { tools: none, load: () => import('./mlflow-backlog.ts') },
  'mlflow-import': { tools: none, load: () => import('./mlflow-import.ts') },
};

/**
 * `npm run bench [-- NAME...]`: runs the named benchmarks, or all of them. It ends with one table of the results beside
 * their targets, and with exit code 1 when a target was missed. Parts that the environment does not name are started, with
 * data of their own.
 */
async function main(names: readonly string[]): Promise<void> {
  const isPartOf = (bench: string, name: string): boolean => bench === name || bench.startsWith(`${name}-`);
  const unknown = names.filter((name) => !Object.keys(BENCHES).some((bench) => isPartOf(bench, name)));
  if (unknown.length > 0) {
    console.error(`There is no benchmark ${unknown.join(', ')}; the names are ${Object.keys(BENCHES).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const chosen = Object.entries(BENCHES).filter(
    ([name]) => names.length === 0 || names.some((each) => isPartOf(name, each)),
  );

  const figures = await withStack(
    chosen.flatMap(([, { tools }]) => tools()),
    async (signal) => {
      const all: Figure[] = [];
      for (const [name, { load }] of chosen) {
        signal.throwIfAborted();
        console.log(`\n== ${name}`);
        all.push(...(await (await load()).run()));
      }
      return all;
    },
  );
  console.log(`\n${formatTable(figures)}`);
  process.exitCode = figures.every(({ met }) => met) ? 0 : 1;
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  printError(error);
  process.exitCode = 1;
});
