import { join } from 'node:path';
import { createProgress } from '../machine/progress.ts';
import { readFlags } from '../machine/read-flags.ts';
import { writeEnvFile } from './env-file.ts';
import { HOME, PARTS_FOLDER } from './folders.ts';
import { sharedSettings, workerPython } from './shared-variables.ts';
import { startStack } from './stack.ts';
import { recordAddresses, withoutStaleAddresses } from './stale-addresses.ts';
import { untilStopped } from './until-stopped.ts';

readFlags('npm run stack', []);

/** `npm run stack`: the parts alone, for work on programs that use them. THUNDERLINE_HOME names another folder for their data. */
const home = process.env.THUNDERLINE_HOME ?? HOME;

await untilStopped(async (signal) => {
  const progress = createProgress(process.stdout);
  const place = { parts: PARTS_FOLDER, environment: withoutStaleAddresses(process.env).environment };
  const stack = await startStack({ home, parts: PARTS_FOLDER, environment: process.env, progress, signal });
  progress.end();
  const python = workerPython(place);
  recordAddresses(home, python);
  writeEnvFile(home, { ...sharedSettings(place), ...python, ...stack.environment });
  console.log(`\nReady. To connect a shell: set -a; . ${join(home, 'env')}; set +a`);
  return stack;
});
