import type { IncomingMessage } from 'node:http';
import { Problem } from '../http/problem.ts';
import type { Call, Reply, Route } from '../http/route.ts';
import { ANY_PAGE } from '../http/route-table.ts';
import type { PageFile, Pages } from './bundle-pages.ts';

/**
 * The pages load scripts, styles and images of their own server only, run no inline script, and cannot be framed. uPlot
 * sets styles through the CSSOM, which `style-src 'self'` allows.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // The one policy of web/feed/feed.ts: it names the script of the shared worker.
  'trusted-types thunderline-feed',
].join('; ');

const SHELL_HEADERS = {
  'content-security-policy': PAGE_POLICY,
  'cache-control': 'no-cache',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};
/** Names contain a hash of the content. The policy is that of the shared worker, which has no page; it reads the feed. */
const ASSET_HEADERS = {
  'cache-control': 'public, max-age=31536000, immutable',
  'content-security-policy': "default-src 'none'; connect-src 'self'",
};

const ADDRESSES = [
  { name: 'monitorPage', path: '/', summary: 'The monitor: runs and trials as they happen' },
  { name: 'runPage', path: '/runs/{run}', summary: 'The trials and charts of a run' },
  { name: 'trialPage', path: '/runs/{run}/trials/{trial}', summary: 'One trial' },
  { name: 'comparePage', path: '/compare', summary: 'Groups of trials, compared' },
] as const;

/** The target of a request for a page whose path ends with a slash: the path without it, and the query. */
const PAGE_WITH_SLASH = /^(\/compare|\/runs\/[^/?#]+(?:\/trials\/[^/?#]+)?)\/(\?.*)?$/;

/** The routes of the pages. They contain no data, so they need no key; their requests to the API do. */
export function createPageRoutes(pages: Pages): readonly Route[] {
  return [
    ...ADDRESSES.map(
      ({ name, path, summary }): Route => ({
        name,
        method: 'GET',
        path,
        scope: null,
        operation: {
          summary,
          parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => ({
            name: parameter,
            in: 'path',
            required: true,
            schema: { type: 'string' },
          })),
          responses: { 200: { description: 'The page.', content: { 'text/html': { schema: { type: 'string' } } } } },
        },
        handle: ({ request }) => replyOf(pages.shell, SHELL_HEADERS, request),
      }),
    ),
    {
      name: 'unknownPage',
      method: 'GET',
      path: ANY_PAGE,
      scope: null,
      operation: { summary: 'The page of an address that has none', responses: {} },
      handle: ({ request }) => {
        const page = PAGE_WITH_SLASH.exec(request.url ?? '');
        if (page !== null)
          return { status: 308, type: 'text/plain', body: '', headers: { location: `${page[1]}${page[2] ?? ''}` } };
        const reply = replyOf(pages.shell, SHELL_HEADERS, request);
        return { ...reply, status: 404, headers: { ...reply.headers, vary: 'accept, accept-encoding' } };
      },
    },
    {
      name: 'pageAsset',
      method: 'GET',
      path: '/assets/{file}',
      scope: null,
      operation: {
        summary: 'A file that the pages load',
        parameters: [{ name: 'file', in: 'path', required: true, schema: { type: 'string' } }],
        responses: {
          200: { description: 'The file.', content: { 'text/javascript': {}, 'text/css': {}, 'image/svg+xml': {} } },
        },
        problems: ['not_found'],
      },
      handle: ({ request, parameters: { file = '' } }: Call) => {
        const asset = pages.assets.get(file);
        if (asset === undefined) throw new Problem('not_found', 'there is no such file');
        return replyOf(asset, ASSET_HEADERS, request);
      },
    },
  ];
}

function replyOf(file: PageFile, headers: Readonly<Record<string, string>>, request: IncomingMessage): Reply {
  const encoding = encodingOf(request.headers['accept-encoding']);
  const encoded = encoding === undefined ? {} : { 'content-encoding': encoding };
  return {
    type: file.type,
    body: file[encoding ?? 'plain'],
    headers: { ...headers, ...encoded, vary: 'accept-encoding' },
  };
}

/** The best encoding that the client accepts; `br;q=0` refuses it. */
function encodingOf(accepted: string | string[] | undefined): 'br' | 'gzip' | undefined {
  const offers = String(accepted ?? '')
    .split(',')
    .map((offer) => offer.trim().toLowerCase())
    .filter((offer) => !/;\s*q=0(?:\.0*)?$/.test(offer))
    .map((offer) => offer.split(';')[0]?.trim());
  return (['br', 'gzip'] as const).find((encoding) => offers.includes(encoding));
}
