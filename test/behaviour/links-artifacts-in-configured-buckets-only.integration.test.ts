import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ArtifactWorld, createArtifactWorld, type Listed, pathOf } from '../artifacts/artifact-world.ts';
import { eventually } from '../support/eventually.ts';

const TIMEOUT_MS = 180_000;
const RUN = 'study';

let world: ArtifactWorld;
let bucket: string;
let folder: string;
beforeAll(async () => {
  world = await createArtifactWorld({ ARTIFACT_LINK_SECONDS: '60', S3_PUBLIC_ENDPOINT: 'https://files.example/base' });
  bucket = world.config.s3.bucket;
  folder = world.bucketPrefix;
}, TIMEOUT_MS);
afterAll(() => world.close());

/** The list of a trial once an event has named its artifact. */
async function stated(trial: string, uri: string): Promise<Listed> {
  await world.post({ event: 'ml.trial.complete', model_run_id: RUN, trial_id: trial, artifact_uri: uri });
  await eventually(async () => (await world.list(RUN, trial)).status === 200);
  const { body } = await world.list(RUN, trial);
  const [artifact, ...others] = body.artifacts as readonly Listed[];
  expect(others).toEqual([]);
  expect(artifact?.uri).toBe(uri);
  return artifact as Listed;
}

test('an object in the bucket has its size and a link at the public address, which expires', async () => {
  const uri = await world.putObject('models/t-1/ä model.pth', 'content');
  const { name, link, size_bytes, no_link_because, ...rest } = await stated('t-1', uri);
  expect({ name, size_bytes, no_link_because }).toEqual({ name: 'ä model.pth', size_bytes: 7, no_link_because: null });
  const url = new URL(link ?? '');
  expect(`${url.origin}${decodeURI(url.pathname)}`).toBe(`https://files.example/base/${uri.slice('s3://'.length)}`);
  expect(url.searchParams.get('X-Amz-Expires')).toBe('60');
  expect(rest).toMatchObject({ type: 'model_checkpoint', sha256: null, metadata: { spectral_norm: false } });
});

describe('an artifact is listed without a link, and with the reason, if its address', () => {
  test.each([
    ['has another scheme', () => 'https://elsewhere.example/model.pth', 'the scheme https'],
    ['belongs to MLflow', () => 'mlflow-artifacts:/1/2/artifacts/model.pth', 'the scheme mlflow-artifacts'],
    ['is a file', () => 'file:///etc/passwd', 'the scheme file'],
    ['is a path', () => '/etc/passwd', 'no scheme'],
    ['has another host', () => `s3://${bucket}@evil.example/model.pth`, 'does not begin with the name of a bucket'],
    ['has another bucket', () => 's3://another-bucket/model.pth', 'neither S3_BUCKET nor one of ARTIFACT_BUCKETS'],
    ['resembles the bucket', () => `s3://${bucket}.evil/model.pth`, 'neither S3_BUCKET nor one of ARTIFACT_BUCKETS'],
    ['names no object', () => `s3://${bucket}`, 'no object'],
    ['climbs out of a folder', () => `s3://${bucket}/${folder}models/../archive/x`, 'a part "." or ".."'],
    ['leads to the archive', () => `s3://${bucket}/${folder}archive/ml.events/0.avro`, 'the archive'],
    [
      'leads to the uploads of another trial',
      () => `s3://${bucket}/${folder}artifacts/${RUN}/other/1/m`,
      'another trial',
    ],
    ['has no object', () => `s3://${bucket}/${folder}models/absent.pth`, 'no such object'],
  ])('%s', async (what, uri, reason) => {
    const { link, no_link_because, size_bytes } = await stated(what, uri());
    expect({ link, size_bytes }).toEqual({ link: null, size_bytes: null });
    expect(no_link_because).toContain(reason);
  });
});

test('an event that states the address of an upload leaves its size, checksum and link', async () => {
  const { body: upload } = await world.put(pathOf(RUN, 'both', 'm.pth'), 'content');
  const [before] = (await world.list(RUN, 'both')).body.artifacts as readonly Listed[];
  await world.post({ event: 'ml.trial.complete', model_run_id: RUN, trial_id: 'both', artifact_uri: upload.uri });
  await eventually(async () => {
    const { rows } = await world.tables.client.query(
      `select from model_artifacts where trial_id = 'both' and version <> ''`,
    );
    return rows.length === 1;
  });
  const after = await world.list(RUN, 'both');
  const withoutLink = ({ link: _, link_expires_at: __, metadata: ___, ...artifact }: Record<string, unknown>) =>
    artifact;
  expect(
    (after.body.artifacts as object[]).map((artifact) => withoutLink(artifact as Record<string, unknown>)),
  ).toEqual([withoutLink({ ...before })]);
});

test('a list comes in pages', async () => {
  const names = Array.from({ length: 5 }, (_, index) => `m-${index}`);
  for (const name of names) await world.put(pathOf(RUN, 'pages', name), name);
  await world.post({
    event: 'ml.trial.complete',
    model_run_id: RUN,
    trial_id: 'pages',
    artifact_uri: 's3://another-bucket/\u{10ffff}',
  });
  const seen: string[] = [];
  await eventually(async () => {
    const { rows } = await world.tables.client.query(`select from model_artifacts where trial_id = 'pages'`);
    return rows.length === 6;
  });
  for (let cursor: unknown; cursor !== null; ) {
    const query = cursor === undefined ? '?limit=2' : `?limit=2&cursor=${cursor}`;
    const { body } = await world.list(RUN, 'pages', query);
    const page = body.artifacts as readonly Listed[];
    expect(page).toHaveLength(2);
    seen.push(...page.map(({ name }) => name));
    cursor = body.next_cursor;
  }
  expect(seen).toEqual([...names, '\u{10ffff}']);
});

test.each([
  '?limit=0',
  '?limit=501',
  '?limit=x',
  '?cursor=',
  '?cursor=%00',
  '?cursor=AA',
  '?page=2',
  '?limit=1&limit=2',
])('the query %s is refused', async (query) => {
  const { status, body } = await world.list(RUN, 'pages', query);
  expect([status, body.code]).toEqual([400, 'malformed_request']);
});

test('a trial that no event has named is not found, and one without artifacts has an empty list', async () => {
  expect((await world.list(RUN, 'nobody')).body.code).toBe('not_found');
  await world.post({ event: 'ml.trial.start', model_run_id: RUN, trial_id: 'empty' });
  await eventually(async () => (await world.list(RUN, 'empty')).status === 200);
  expect((await world.list(RUN, 'empty')).body).toMatchObject({ artifacts: [], next_cursor: null });
});
