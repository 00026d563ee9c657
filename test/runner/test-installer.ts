import { join } from 'node:path';
import { createKeyedMutex } from '../../dev/machine/keyed-mutex.ts';
import { createProgress } from '../../dev/machine/progress.ts';
import { HOME, PARTS_FOLDER } from '../../dev/stack/folders.ts';
import { createInstaller } from '../../dev/stack/installer.ts';

/** An installer of a part that only tests use, or use by itself. @param home the folder of its logs. */
export const createTestInstaller = (name: string, home = join(HOME, name)): ReturnType<typeof createInstaller> =>
  createInstaller(name, {
    home,
    parts: PARTS_FOLDER,
    environment: process.env,
    progress: createProgress(process.stderr),
    signal: new AbortController().signal,
    mutex: createKeyedMutex(),
  });
