import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Router } from 'express';
import { Problem } from './problem.ts';

const OWN = join(import.meta.dirname, '../../web/docs');

/** What the page is made of: its own files, and those of Swagger UI, from node_modules. Nothing comes from elsewhere. */
const FILES: Readonly<Record<string, { readonly from: 'own' | 'swagger-ui'; readonly type: string }>> = {
  'start.js': { from: 'own', type: 'text/javascript; charset=utf-8' },
  'swagger-ui-bundle.js': { from: 'swagger-ui', type: 'text/javascript; charset=utf-8' },
  'swagger-ui.css': { from: 'swagger-ui', type: 'text/css; charset=utf-8' },
  'favicon-32x32.png': { from: 'swagger-ui', type: 'image/png' },
};

/** Its own files, its own server to try requests on, images within its style sheet; nothing else. */
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

/** Names that `GET /docs/{file}` has. */
export const DOCS_FILES: readonly string[] = Object.keys(FILES);

const CACHE = 'public, max-age=3600';

/** `GET /openapi.json`, and at `GET /docs` a page that shows it. `describe` is called once, when it is first asked for. */
export function createDocs(describe: () => object): Router {
  const router = Router();
  let document: string | undefined;
  router.get('/openapi.json', (_, response) => {
    document ??= JSON.stringify(describe());
    response.type('application/json').send(document);
  });
  router.get('/docs', async (_, response) => {
    response.set('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8');
    response.send(await readFile(join(OWN, 'index.html')));
  });
  router.get('/docs/:file', async (request, response) => {
    const name = request.params.file;
    const file = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
    if (file === undefined) throw new Problem('not_found', 'there is no such file');
    const folder = file.from === 'own' ? OWN : swaggerUi();
    response.set({ 'cache-control': CACHE, 'content-type': file.type }).send(await readFile(join(folder, name)));
  });
  return router;
}

const swaggerUi = (): string => dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
