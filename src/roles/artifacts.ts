import { artifactRoutes } from '../artifacts/artifact-routes.ts';
import { type ArtifactStore, createArtifactStore } from '../artifacts/artifact-store.ts';
import { connectS3 } from '../artifacts/connect-s3.ts';
import { createFindModels } from '../artifacts/find-models.ts';
import { followTrials } from '../artifacts/follow-trials.ts';
import type { LinkSettings } from '../artifacts/link-verdict.ts';
import { copyDue } from '../artifacts/mlflow/copy-due.ts';
import { createObjectCopier, type ObjectCopier } from '../artifacts/mlflow/object-copier.ts';
import { modelTemplate } from '../artifacts/model-address.ts';
import { createMultiparts, type Multiparts } from '../artifacts/multiparts.ts';
import { createPublishArtifacts } from '../artifacts/publish-artifacts.ts';
import { createRegisterUpload } from '../artifacts/register-upload.ts';
import { abortUnfinished, removeReplaced } from '../artifacts/remove-objects.ts';
import { repeatTasks, type Tasks } from '../artifacts/repeat-tasks.ts';
import { settlePending } from '../artifacts/settle-pending.ts';
import { createSignLink, type SignLink } from '../artifacts/sign-links.ts';
import { createWriteUploadRow } from '../artifacts/write-upload-row.ts';
import type { Config } from '../config.ts';
import { createBudget } from '../http/budget.ts';
import { createIdSource } from '../http/id-source.ts';
import type { Platform } from '../platform.ts';
import { artifactQueries } from '../store/queries/trial-artifacts.ts';
import { artifactCopies } from '../store/tables/artifact-copies.ts';
import { artifactId } from '../store/tables/artifacts.ts';
import { type MultipartUploads, multipartUploads } from '../store/tables/multipart-uploads.ts';
import { pendingUploads } from '../store/tables/pending-uploads.ts';
import { replacedArtifacts } from '../store/tables/replaced-artifacts.ts';
import type { Role } from './role.ts';

export const artifacts = {
  kind: 'service',
  name: 'artifacts',
  summary: 'stores and lists the artifacts of trials, and copies them to MLflow',
  reads: ['ml.events.high'],
  writes: ['ml.events'],
  needs: ['kafka', 'registry', 'postgres', 's3'],
  start,
} as const satisfies Role;

const TIDY_EVERY_MS = 60_000;
const COPY_EVERY_MS = 3_000;
/** Longer than the copy of one object in parts takes. */
const COPY_ENDS_AFTER_MS = 6 * 3_600_000;

async function start(platform: Platform): Promise<void> {
  const { config, telemetry } = platform;
  const { s3, artifacts: settings } = config;
  const [pool, codec, sender] = await Promise.all([platform.postgres(), platform.codec(), platform.producer()]);
  const uploadsInParts = multipartUploads(pool);
  const { store, sign, copier, multiparts } = await openBucket(platform, uploadsInParts);
  const publish = createPublishArtifacts(codec, sender, config.kafka.topicPrefix);
  const template = modelTemplate(settings.modelUri, s3.endpoint === undefined);
  const links = linkSettings(config, template);
  const [pending, replaced, queries] = [pendingUploads(pool), replacedArtifacts(pool), artifactQueries(pool)];
  const { keepReplacedMs, uploadTimeoutMs, maxBytes, prefix } = settings;
  const writeRow = createWriteUploadRow(pool, replaced, keepReplacedMs);
  const ids = createIdSource();
  const newTrace = () => ({ traceparent: ids.traceparent(undefined) });

  platform.serve(
    ...artifactRoutes({
      limits: { maxBytes, uploadTimeoutMs, stallMs: config.http.requestTimeoutMs },
      bucket: s3.bucket,
      prefix,
      links,
      store,
      sign,
      ids,
      budget: openBudget(platform),
      register: createRegisterUpload({ pending, publish, writeRow, log: telemetry.log }),
      track: await trackUploads(platform),
      queries,
      ...telemetry,
    }),
  );
  await repeat(platform, 'tasks of the artifacts', TIDY_EVERY_MS, {
    'write the records of finished uploads': () => settlePending({ pending, store, publish, writeRow, newTrace }),
    'remove replaced artifacts': () => removeReplaced(replaced, store, telemetry.metrics),
    'abort unfinished uploads': () => abortUnfinished(uploadsInParts, multiparts, telemetry.metrics),
  });

  const copies = config.mlflow.trackingUri === undefined ? undefined : artifactCopies(pool);
  if (copies !== undefined) {
    const { signal } = platform;
    const { metrics } = telemetry;
    const mlflow = await platform.mlflow();
    const destination = settings.mlflowDestination;
    const currentUpload = async (model_run_id: string, trial_id: string, name: string) => {
      const upload = await queries.upload({ run: model_run_id, trial: trial_id }, name);
      return upload && artifactId({ model_run_id, trial_id, uri: upload.uri });
    };
    await repeat(platform, 'copies of artifacts', COPY_EVERY_MS, {
      'copy artifacts to MLflow': () =>
        copyDue({ copies, mlflow, copier, links, destination, currentUpload, metrics, signal }),
    });
    let reviewed: string | undefined;
    await repeat(platform, 'MLflow runs of artifacts', TIDY_EVERY_MS, {
      async 'follow the MLflow runs of trials'() {
        reviewed = await copies.review(reviewed);
      },
    });
  }
  const findModels = createFindModels({ template, store, ...telemetry });
  const uploads = `s3://${s3.bucket}/${prefix}/`;
  const following = followTrials({ findModels, publish, newTrace, copies, uploads });
  for (const topic of artifacts.reads) await platform.consume(following, topic);
}

interface Bucket {
  readonly store: ArtifactStore;
  readonly sign: SignLink;
  readonly copier: ObjectCopier;
  readonly multiparts: Multiparts;
}

async function openBucket({ config, lifecycle, telemetry }: Platform, uploads: MultipartUploads): Promise<Bucket> {
  const { s3, artifacts: settings } = config;
  const connect = (endpoint?: string) =>
    lifecycle.start(
      'client of the object store',
      () => connectS3(s3, endpoint, telemetry.metrics),
      (client) => client.destroy(),
    );
  const client = await connect();
  const publicEndpoint = settings.publicEndpoint?.reveal();
  const signer = publicEndpoint === undefined ? client : await connect(publicEndpoint);
  const { timeoutMs } = s3;
  const ending = (abortAfterMs: number) => createMultiparts(client, { timeoutMs, abortAfterMs, uploads });
  const multiparts = ending(2 * settings.uploadTimeoutMs);
  return {
    store: createArtifactStore(client, timeoutMs, multiparts),
    sign: createSignLink(signer, settings.linkSeconds),
    copier: createObjectCopier(client, timeoutMs, ending(COPY_ENDS_AFTER_MS)),
    multiparts,
  };
}

function openBudget({ config, telemetry: { metrics }, health }: Platform) {
  const budget = createBudget(
    config.artifacts.maxBytesInFlight,
    { bytes: metrics.artifactBytes, overloads: metrics.artifactOverloads },
    { probe: 'bytes of uploads', variable: 'ARTIFACT_BYTES_IN_FLIGHT' },
  );
  health.ready(budget.probe);
  return budget;
}

/** Makes the stop wait for uploads, which remove what they have stored if they were interrupted. */
async function trackUploads({ lifecycle }: Platform): Promise<<T>(upload: Promise<T>) => Promise<T>> {
  const uploads = await lifecycle.start(
    'uploads',
    () => new Set<Promise<unknown>>(),
    async (active) => void (await Promise.allSettled(active)),
  );
  return (upload) => {
    uploads.add(upload);
    return upload.finally(() => uploads.delete(upload));
  };
}

async function repeat({ lifecycle, telemetry }: Platform, name: string, everyMs: number, tasks: Tasks): Promise<void> {
  await lifecycle.start(
    name,
    () => repeatTasks(tasks, everyMs, telemetry.log),
    (repeated) => repeated.stop(),
  );
}

function linkSettings(config: Config, template: string | undefined): LinkSettings {
  const { artifacts: settings, s3, archive } = config;
  const searched = template === undefined ? [] : [template.split('/')[2] ?? ''];
  return {
    bucket: s3.bucket,
    buckets: [...settings.buckets, ...searched],
    prefix: settings.prefix,
    archivePrefix: archive.prefix,
  };
}
