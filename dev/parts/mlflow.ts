import { mkdirSync } from 'node:fs';
import { askHttp } from './ask-http.ts';
import { databaseUrl, ensureDatabase } from './database.ts';
import type { Part } from './part.ts';
import { installPython, pythonProgram, STACK_PYTHON } from './python.ts';

const DATABASE = 'mlflow';

/** The MLflow tracking server. Its runs are in the stack's Postgres; it serves the artifacts in the stack's S3 itself. */
export const mlflow: Part = {
  name: 'mlflow',
  title: 'MLflow 3.17.2',
  variable: 'MLFLOW_TRACKING_URI',
  companions: [],
  needs: ['postgres', 's3'],
  prerequisites: { run: [], install: ['python'] },
  ports: [5000],
  folder: STACK_PYTHON.folder,

  variables: ([port], _secrets, { S3_BUCKET = '' }) => ({
    MLFLOW_TRACKING_URI: `http://127.0.0.1:${port}`,
    MLFLOW_ARTIFACTS_DESTINATION: `s3://${S3_BUCKET}/mlflow`,
  }),

  install: (installer) => installPython(installer),

  async boot(site) {
    const { DATABASE_URL = '', S3_ENDPOINT = '', MLFLOW_ARTIFACTS_DESTINATION = '' } = site.variables;
    await ensureDatabase(DATABASE_URL, DATABASE);
    const store = databaseUrl(DATABASE_URL, DATABASE);
    store.protocol = 'postgresql+psycopg:';
    mkdirSync(site.data, { recursive: true });
    await site.start({
      file: pythonProgram(site.parts),
      args: ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(site.ports[0]), '--workers', '1'],
      variables: {
        // Not as options: every user of the machine can read those in the list of processes.
        MLFLOW_BACKEND_STORE_URI: store.href,
        MLFLOW_ARTIFACTS_DESTINATION,
        MLFLOW_S3_ENDPOINT_URL: S3_ENDPOINT,
        AWS_ACCESS_KEY_ID: site.variables.AWS_ACCESS_KEY_ID ?? '',
        AWS_SECRET_ACCESS_KEY: site.variables.AWS_SECRET_ACCESS_KEY ?? '',
        AWS_DEFAULT_REGION: site.environment.AWS_REGION ?? 'us-east-1',
        // MLflow refuses other Host headers; its default also allows every private network.
        MLFLOW_SERVER_ALLOWED_HOSTS: 'localhost,127.0.0.1,[::1],localhost:*,127.0.0.1:*,[[]::1]:*',
        // Job execution would take eight more processes and 500 MB, and no program here submits jobs.
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
        MLFLOW_DISABLE_TELEMETRY: 'true',
        DO_NOT_TRACK: 'true',
      },
      graceSeconds: 3,
    });
    await site.ready(() => askHttp(`${site.variables.MLFLOW_TRACKING_URI}/health`));
  },
};
