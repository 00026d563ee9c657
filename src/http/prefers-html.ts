import type { IncomingMessage } from 'node:http';

/**
 * Whether a request is that of a browser that navigates: a GET that names HTML, with a greater weight than JSON. Clients of the API
 * name JSON or accept anything.
 */
export function prefersHtml({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const accepted = (headers.accept ?? '').split(',').map(readType);
  const weightOf = (...types: readonly string[]): number =>
    Math.max(0, ...accepted.filter(({ type }) => types.includes(type)).map(({ weight }) => weight));
  return weightOf('text/html') > weightOf('application/json', 'application/problem+json');
}

/** `text/html;q=0.9`; a weight that is no number counts as 0. */
function readType(text: string): { readonly type: string; readonly weight: number } {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const stated = parameters.find((parameter) => parameter.startsWith('q='));
  const weight = stated === undefined ? 1 : Number(stated.slice(2));
  return { type, weight: Number.isFinite(weight) ? weight : 0 };
}
