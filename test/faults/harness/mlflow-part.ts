import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createProgress } from '../../../dev/machine/progress.ts';
import { freePort } from '../../../dev/stack/ports.ts';
import { until } from '../../support/until.ts';
import { BreakablePart } from './breakable-part.ts';
import { FAULTS_HOME, parts } from './parts.ts';

/** MLflow on the Postgres and S3 of this run, for the files that break it: it takes half a minute to start. */
export interface MlflowPart {
  readonly part: BreakablePart;
  readonly url: string;
  /** Its own database. */
  readonly databaseUrl: string;
  /** Ends the server by SIGKILL; resolves when its port is free, so that it can be started again on the same port. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

const PORT_FREE_MS = 60_000;

export async function startMlflowPart(): Promise<MlflowPart> {
  const progress = createProgress(process.stderr);
  const part = new BreakablePart('mlflow', join(FAULTS_HOME, 'mlflow'), progress);
  await part.start({ ...parts.postgres.variables, ...parts.s3.variables });
  progress.end();
  const databaseUrl = new URL(parts.postgres.variables.DATABASE_URL ?? '');
  databaseUrl.pathname = '/mlflow';
  const url = part.variables.MLFLOW_TRACKING_URI ?? '';
  return {
    part,
    url,
    databaseUrl: databaseUrl.href,
    async kill() {
      await part.kill('SIGKILL');
      // Its worker is another process, which ends a moment later.
      const port = Number(new URL(url).port);
      await until(`port ${port} is free`, PORT_FREE_MS, async () => (await freePort(port)) === port);
    },
    async close() {
      await part.stop();
      rmSync(join(FAULTS_HOME, 'mlflow', 'data'), { recursive: true, force: true });
    },
  };
}
