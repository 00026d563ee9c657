import type { PostAnswer } from './poster.ts';

/**
 * The answer to each event of a request, by the contract of `POST /api/events/ml`: `accepted`, the code of its rejection,
 * or `unknown` when the request had no answer or was refused for load.
 */
export function answersOf(events: readonly unknown[], answer: PostAnswer): string[] {
  const all = (text: string) => events.map(() => text);
  if (answer.kind === 'unknown' || answer.status === 429 || answer.status >= 500) return all('unknown');
  if (answer.status === 202) return all('accepted');
  const body = JSON.parse(answer.body || '{}') as { code?: string; rejected?: { index: number; code: string }[] };
  if (answer.status !== 207 && body.rejected === undefined) return all(body.code ?? `status_${answer.status}`);
  const codes = new Map((body.rejected ?? []).map(({ index, code }) => [index, code]));
  return events.map((_, index) => codes.get(index) ?? (answer.status === 207 ? 'accepted' : (body.code ?? 'rejected')));
}
