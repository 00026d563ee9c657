import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type Commit, createCommitter } from '../../../src/kafka/client/committer.ts';

/** Requests that the test answers. */
function scripted() {
  const requests: { sent: string[]; answer: PromiseWithResolvers<void> }[] = [];
  const commit = createCommitter((topics) => {
    const sent = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset, metadata }) => `${topic}/${partition}=${offset} ${metadata}`.trim()),
    );
    const answer = Promise.withResolvers<void>();
    requests.push({ sent, answer });
    return answer.promise;
  });
  return { commit, requests };
}

const commitOf = (topic: string, partition: number, offset: number, more: Partial<Commit> = {}): Commit => ({
  topic,
  partition,
  offset: String(offset),
  metadata: '',
  assertOwned: () => undefined,
  ...more,
});

test('the first commit is sent at once; those that arrive meanwhile share a request, with the last of each partition', async () => {
  const { commit, requests } = scripted();
  const first = commit(commitOf('a', 0, 1));
  expect(requests.map(({ sent }) => sent)).toEqual([['a/0=1']]);
  const others = [
    commitOf('a', 0, 2),
    commitOf('a', 1, 7),
    commitOf('b', 0, 3),
    commitOf('a', 0, 4, { metadata: 'n' }),
  ];
  const later = Promise.all(others.map(commit));
  expect(requests).toHaveLength(1);
  requests[0]?.answer.resolve();
  await first;
  await setImmediate();
  expect(requests.map(({ sent }) => sent)).toEqual([['a/0=1'], ['a/0=4 n', 'a/1=7', 'b/0=3']]);
  requests[1]?.answer.resolve();
  await later;
});

test('a failed request fails its commits and none of the later ones', async () => {
  const { commit, requests } = scripted();
  const refused = new Error('the coordinator is unavailable');
  const first = commit(commitOf('a', 0, 1));
  const second = commit(commitOf('a', 0, 2));
  requests[0]?.answer.reject(refused);
  await expect(first).rejects.toBe(refused);
  requests[1]?.answer.resolve();
  await second;
  expect(requests[1]?.sent).toEqual(['a/0=2']);
});

test('a commit of a partition that is no longer owned is left out of the request', async () => {
  const { commit, requests } = scripted();
  const lost = new Error('lost');
  let ours = true;
  const assertOwned = () => {
    if (!ours) throw lost;
  };
  const first = commit(commitOf('a', 0, 1));
  const rejected = expect(commit(commitOf('a', 1, 2, { assertOwned }))).rejects.toBe(lost);
  const kept = commit(commitOf('a', 2, 3));
  ours = false;
  requests[0]?.answer.resolve();
  await first;
  await rejected;
  expect(requests[1]?.sent).toEqual(['a/2=3']);
  requests[1]?.answer.resolve();
  await kept;
});

test('no request is made if no commit is left, and the next commit is sent at once', async () => {
  const { commit, requests } = scripted();
  const assertOwned = () => {
    throw new Error('lost');
  };
  await expect(commit(commitOf('a', 0, 1, { assertOwned }))).rejects.toThrow('lost');
  expect(requests).toEqual([]);
  const next = commit(commitOf('a', 0, 2));
  requests[0]?.answer.resolve();
  await next;
});
