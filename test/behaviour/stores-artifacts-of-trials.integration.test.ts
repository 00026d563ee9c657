import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type ArtifactWorld,
  createArtifactWorld,
  digestOf,
  type Listed,
  pathOf,
  sha256,
} from '../artifacts/artifact-world.ts';

const TIMEOUT_MS = 180_000;
const RUN = 'team a/7';
const MIB = 1_048_576;

let world: ArtifactWorld;
beforeAll(async () => {
  world = await createArtifactWorld();
}, TIMEOUT_MS);
afterAll(() => world.close());

const listed = async (trial: string): Promise<readonly Listed[]> =>
  (await world.list(RUN, trial)).body.artifacts as readonly Listed[];

/** The content behind the link of the only artifact of a trial. */
async function download(trial: string): Promise<Buffer> {
  const [artifact, ...others] = await listed(trial);
  expect(others).toEqual([]);
  const answer = await fetch(artifact?.link ?? '');
  return Buffer.from(await answer.arrayBuffer());
}

describe('an upload', () => {
  test.each([
    ['nothing', 0],
    ['a byte', 1],
    ['less than a part', 3 * MIB],
    ['exactly a part', 8 * MIB],
    ['exactly two parts', 16 * MIB],
    ['several parts', 21 * MIB + 5],
  ])(
    'of %s is listed with its size and checksum, and its link returns it',
    async (_, bytes) => {
      const body = randomBytes(bytes);
      const trial = `sizes-${bytes}`;
      const { status, body: stored } = await world.put(pathOf(RUN, trial, 'models/best ü.pth'), body, {
        'content-digest': digestOf(body),
        'content-type': 'application/x-torch',
      });
      const about = { name: 'models/best ü.pth', type: 'model_checkpoint', size_bytes: bytes, sha256: sha256(body) };
      expect({ status, stored }).toMatchObject({
        status: 201,
        stored: { model_run_id: RUN, trial_id: trial, ...about, content_type: 'application/x-torch' },
      });
      const [artifact] = await listed(trial);
      expect(artifact).toMatchObject({ ...about, content_type: 'application/x-torch', no_link_because: null });
      const answer = await fetch(artifact?.link ?? '');
      expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''models%2Fbest%20%C3%BC.pth");
      expect((await download(trial)).equals(body)).toBe(true);
    },
    TIMEOUT_MS,
  );

  test(
    'may have any number of chunks and no length',
    async () => {
      const body = randomBytes(9 * MIB);
      const sent = request(world.serving.url + pathOf(RUN, 'chunked', 'm'), { method: 'PUT' });
      const answered = once(sent, 'response');
      for (let at = 0; at < body.length; at += 100_000) sent.write(body.subarray(at, at + 100_000));
      sent.end();
      const [response] = await answered;
      response.resume();
      expect(response.statusCode).toBe(201);
      expect((await download('chunked')).equals(body)).toBe(true);
    },
    TIMEOUT_MS,
  );

  test('opens by its name', async () => {
    const path = pathOf(RUN, 'opened', 'a/b c.pth');
    await world.put(path, 'content');
    const redirected = await world.ask(path, { redirect: 'manual' });
    expect(redirected.status).toBe(302);
    expect(await (await fetch(redirected.headers.get('location') ?? '')).text()).toBe('content');
    expect((await world.ask(pathOf(RUN, 'opened', 'a'))).status).toBe(404);
  });
});

describe('a second upload of a name', () => {
  const uploads = async () => (await world.keys()).filter((key) => key.startsWith('artifacts/'));

  test.each([
    ['in one part', 1_000, {}],
    ['in several parts', 9 * MIB, {}],
    ['whose checksum is stated', 1_000, { digest: true }],
  ])(
    'with the same content %s changes nothing',
    async (_, bytes, { digest = false }: { digest?: boolean }) => {
      const body = randomBytes(bytes);
      const path = pathOf(RUN, `same-${bytes}-${digest}`, 'm.pth');
      const headers = digest ? { 'content-digest': digestOf(body) } : {};
      const first = await world.put(path, body, headers);
      const objects = await uploads();
      const second = await world.put(path, body, headers);
      expect([first.status, second.status]).toEqual([201, 200]);
      expect(second.body).toEqual(first.body);
      expect(await uploads()).toEqual(objects);
    },
    TIMEOUT_MS,
  );

  test('with the same content is answered before its body is sent, if the client waits for that', async () => {
    const body = randomBytes(1_000);
    const path = pathOf(RUN, 'continue', 'm.pth');
    const headers = { expect: '100-continue', 'content-length': body.length, 'content-digest': digestOf(body) };
    async function send(): Promise<readonly [status: number, continued: boolean]> {
      const sent = request(world.serving.url + path, { method: 'PUT', headers });
      let continued = false;
      sent.on('continue', () => {
        continued = true;
        sent.end(body);
      });
      sent.flushHeaders();
      const [response] = await once(sent, 'response');
      response.resume();
      sent.destroy();
      return [response.statusCode, continued];
    }
    expect(await send()).toEqual([201, true]);
    expect(await send()).toEqual([200, false]);
  });

  test('with another content replaces it, and so does going back to the first content', async () => {
    const path = pathOf(RUN, 'replaced', 'm.pth');
    for (const content of ['one', 'two', 'one']) {
      expect(await world.put(path, content)).toMatchObject({ status: 201 });
      const [artifact, ...others] = await listed('replaced');
      expect(others).toEqual([]);
      expect(artifact).toMatchObject({ sha256: sha256(content), size_bytes: 3 });
      expect((await download('replaced')).toString()).toBe(content);
    }
  });

  test('of an earlier attempt does not replace it', async () => {
    const path = pathOf(RUN, 'attempts', 'm.pth');
    await world.put(`${path}?attempt=2`, 'of attempt 2');
    expect((await world.put(`${path}?attempt=1`, 'of attempt 1')).status).toBe(201);
    expect((await download('attempts')).toString()).toBe('of attempt 2');
  });

  test(
    'at the same time leaves one of the two, whole and with its own checksum',
    async () => {
      const bodies = Array.from({ length: 6 }, () => randomBytes(9 * MIB));
      const answers = await Promise.all(bodies.map((body) => world.put(pathOf(RUN, 'raced', 'm.pth'), body)));
      expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 201));
      const [artifact] = await listed('raced');
      expect(sha256(await download('raced'))).toBe(artifact?.sha256);
    },
    TIMEOUT_MS,
  );
});

describe('an upload is refused, and stores nothing,', () => {
  const refused = async (name: string, body: string, headers: Readonly<Record<string, string>>, query = '') => {
    const objects = await world.keys();
    const { status, body: problem } = await world.put(pathOf(RUN, 'refused', name) + query, body, headers);
    expect(await world.keys()).toEqual(objects);
    expect((await world.list(RUN, 'refused')).status).toBe(404);
    return [status, problem.code];
  };

  test.each([
    ['another checksum than stated', { 'content-digest': digestOf('other') }, 'checksum_mismatch'],
    ['another checksum in the form of S3', { 'x-amz-checksum-sha256': base64('other') }, 'checksum_mismatch'],
    [
      'two different checksums',
      { 'content-digest': digestOf('body'), 'x-amz-checksum-sha256': base64('other') },
      'malformed_request',
    ],
    ['a checksum that cannot be read', { 'content-digest': 'sha-256=abc' }, 'malformed_request'],
    ['a checksum of another kind', { 'content-digest': 'sha-512=:YWJj:' }, 'malformed_request'],
  ])('for %s', async (_, headers, code) => {
    expect(await refused('m.pth', 'body', headers as Readonly<Record<string, string>>)).toEqual([400, code]);
  });

  test('for a content encoding', async () => {
    expect(await refused('m.pth', 'body', { 'content-encoding': 'gzip' })).toEqual([415, 'unsupported_media_type']);
  });

  test.each(['a/..', '../m.pth', '/etc/passwd', 'a//b', 'a\\b', 'a\nb', 'x'.repeat(256)])(
    'for the name %j',
    async (name) => {
      expect(await refused(name, 'body', {})).toEqual([400, 'malformed_request']);
    },
  );

  test.each(['?attempt=-1', '?attempt=x', '?attempts=1', '?attempt=1&attempt=2'])('for the query %s', async (query) => {
    expect(await refused('m.pth', 'body', {}, query)).toEqual([400, 'malformed_request']);
  });

  test('for a run or trial that no event can have', async () => {
    expect((await world.put(pathOf('x'.repeat(256), 't', 'm'), 'body')).body.code).toBe('malformed_request');
    expect((await world.put(pathOf('r', 'a\0b', 'm'), 'body')).body.code).toBe('malformed_request');
  });
});

function base64(body: string): string {
  return Buffer.from(sha256(body), 'hex').toString('base64');
}
