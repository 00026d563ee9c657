import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyedMutex } from './machine/keyed-mutex.ts';
import { printError } from './machine/print-error.ts';
import { createProgress } from './machine/progress.ts';
import { pinsOf } from './parts/jar-pins.ts';
import { fetchDependencies, jarsOf, STRIMZI_JARS } from './parts/maven.ts';
import { PROJECT } from './stack/folders.ts';
import { createInstaller } from './stack/installer.ts';

/** `npm run pins`: fetches the jars of each pom and rewrites the list of their hashes. Run it after a change of version. */
const folder = mkdtempSync(join(tmpdir(), 'thunderline-pins-'));
const installer = createInstaller('pins', {
  home: folder,
  parts: folder,
  environment: process.env,
  progress: createProgress(process.stdout),
  signal: new AbortController().signal,
  mutex: createKeyedMutex(),
});
try {
  for (const [index, { pom, hashes }] of [jarsOf('kafka'), jarsOf('s3'), STRIMZI_JARS].entries()) {
    const directory = join(folder, String(index));
    await fetchDependencies(installer, pom, directory);
    const list = pinsOf(directory);
    writeFileSync(join(PROJECT, hashes), list);
    console.log(`${hashes}: ${list.split('\n').length - 1} jars`);
  }
} catch (error) {
  printError(error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
