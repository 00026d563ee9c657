import { join } from 'node:path';
import { HOME, PARTS_FOLDER } from '../dev/stack/folders.ts';
import { createProgress } from '../dev/stack/progress.ts';
import { startStack } from '../dev/stack/stack.ts';
import { type Figure, formatTable } from './table.ts';

/** A measurement, or several that belong together. Prints what it does as it goes; reads `process.env` for the parts. */
export interface Bench {
  run(): Promise<readonly Figure[]>;
}

/** By name, in the order in which they run. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  client: () => import('./client.ts'),
  ingest: () => import('./ingest.ts'),
  router: () => import('./router.ts'),
  sink: () => import('./sink.ts'),
  visibility: () => import('./visibility.ts'),
  replay: () => import('./replay.ts'),
  queries: () => import('./queries.ts'),
};

/**
 * `npm run bench [-- NAME...]`: runs the named benchmarks, or all, and ends with one table of what was measured beside what
 * is to be reached; exits 1 when something was not. Parts that no variable names are started for it, with data of their own.
 */
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(2);
}

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort()).once('SIGTERM', () => stopping.abort());
const progress = createProgress(process.stderr);
const stack = await startStack({
  home: join(HOME, 'bench'),
  parts: PARTS_FOLDER,
  environment: process.env,
  progress,
  signal: stopping.signal,
});
progress.end();
Object.assign(process.env, stack.environment);

const figures: Figure[] = [];
try {
  for (const [name, load] of Object.entries(BENCHES)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    stopping.signal.throwIfAborted();
    console.log(`\n== ${name}`);
    figures.push(...(await (await load()).run()));
  }
} finally {
  await stack.stop();
}
console.log(`\n${formatTable(figures)}`);
process.exitCode = figures.every(({ met }) => met) ? 0 : 1;
