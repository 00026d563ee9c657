import { join } from 'node:path';
import { writeEnvFile } from './env-file.ts';
import { createProgress } from './progress.ts';
import { startStack } from './stack.ts';
import { untilStopped } from './until-stopped.ts';

/** `npm run stack`: the parts alone, for working on what uses them. THUNDERLINE_HOME puts their data elsewhere. */
const home = process.env.THUNDERLINE_HOME ?? join(import.meta.dirname, '../.thunderline');
const parts = join(import.meta.dirname, '../.thunderline/parts');

await untilStopped(async (signal) => {
  const progress = createProgress(process.stdout);
  const stack = await startStack({ home, parts, environment: process.env, progress, signal });
  progress.end();
  writeEnvFile(home, stack.environment);
  console.log(`Ready. Join in with: set -a; . ${join(home, 'env')}; set +a`);
  return stack;
});
