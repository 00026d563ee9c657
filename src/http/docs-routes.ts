import { type BundledFile, serveBundledFile } from './bundled-file.ts';
import { Problem } from './problem.ts';
import type { Reply, Route } from './route.ts';

/** The page may load its own scripts, styles and images, and request its own server; nothing else. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const CACHED = { 'cache-control': 'public, max-age=3600' };
const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

const PAGE: BundledFile = {
  from: 'web/docs',
  name: 'index.html',
  type: 'text/html; charset=utf-8',
  headers: { 'content-security-policy': PAGE_POLICY },
};

/** The files the page loads: its own, and those of Swagger UI. None comes from another server. */
const FILES: readonly BundledFile[] = [
  { from: 'web/docs', name: 'start.js', type: SCRIPT, headers: CACHED },
  { from: 'swagger-ui-dist', name: 'swagger-ui-bundle.js', type: SCRIPT, headers: CACHED },
  { from: 'swagger-ui-dist', name: 'swagger-ui.css', type: STYLE, headers: CACHED },
  { from: 'swagger-ui-dist', name: 'favicon-32x32.png', type: 'image/png', headers: CACHED },
];

/** `GET /docs`: a page that shows `/openapi.json`, and its files. */
export function createDocsRoutes(): readonly Route[] {
  const files = new Map<string, () => Promise<Reply>>(FILES.map((file) => [file.name, serveBundledFile(file)]));
  return [
    {
      name: 'docs',
      method: 'GET',
      path: '/docs',
      scope: null,
      operation: {
        summary: 'The description of the API as a page',
        responses: { 200: { description: 'The page.', content: { 'text/html': { schema: { type: 'string' } } } } },
      },
      handle: serveBundledFile(PAGE),
    },
    {
      name: 'docsFile',
      method: 'GET',
      path: '/docs/{file}',
      scope: null,
      operation: {
        summary: 'A file that the page at /docs loads',
        parameters: [{ name: 'file', in: 'path', required: true, schema: { enum: FILES.map(({ name }) => name) } }],
        responses: {
          200: { description: 'The file.', content: { 'text/javascript': {}, 'text/css': {}, 'image/png': {} } },
        },
        problems: ['not_found'],
      },
      handle: ({ parameters: { file = '' } }) => {
        const serve = files.get(file);
        if (serve === undefined) throw new Problem('not_found', 'there is no such file');
        return serve();
      },
    },
  ];
}
