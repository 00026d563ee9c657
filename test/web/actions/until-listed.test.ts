import { expect, test } from '@jest/globals';
import { untilListed } from '../../../web/actions/until-listed.ts';
import { ApiError, type RequestJson } from '../../../web/api/request.ts';

const answering = (...answers: readonly (readonly string[] | Error)[]) => {
  let asked = 0;
  const request = async () => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (answer instanceof Error) throw answer;
    return { runs: (answer ?? []).map((model_run_id) => ({ model_run_id })) };
  };
  return { request: request as RequestJson, asked: () => asked };
};

test('a started run is waited for until the tables have it', async () => {
  const { request, asked } = answering([], ['other'], ['run']);
  await untilListed('run', request, 0);
  expect(asked()).toBe(3);
});

test('a run that was accepted has started, also when the tables cannot be read', async () => {
  const { request, asked } = answering([], new ApiError(503, 'unavailable', 'later'));
  await expect(untilListed('run', request, 0)).resolves.toBeUndefined();
  expect(asked()).toBe(2);
});

test('the wait ends', async () => {
  const { request, asked } = answering([]);
  await untilListed('run', request, 0);
  expect(asked()).toBe(20);
});
