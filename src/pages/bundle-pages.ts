import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';

/** A file of the pages, in each encoding that it is served in. */
export interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly br: Buffer;
  readonly gzip: Buffer;
}

export interface Pages {
  /** The page that every address of the pages returns; its script reads the address. */
  readonly shell: PageFile;
  /** The files it loads, by name. A name contains a hash of the content, so that browsers may keep a file forever. */
  readonly assets: ReadonlyMap<string, PageFile>;
}

const WEB = join(import.meta.dirname, '../../web');
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  html: 'text/html; charset=utf-8',
};

const OPTIONS = {
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: ['es2022', 'chrome115', 'firefox115', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  entryNames: '[name]-[hash]',
  outdir: WEB,
  logLevel: 'silent',
} as const satisfies BuildOptions;

/**
 * Bundles the pages of `web/` in memory, which takes less than a second. Nothing is written to disk, so that an installation
 * needs no build step and its files may be read-only.
 */
export async function bundlePages(): Promise<Pages> {
  const icon = await readFile(join(WEB, 'icon.svg'));
  const iconName = hashedName('icon', icon, 'svg');
  const worker = await bundle({ entryPoints: [join(WEB, 'feed/feed-worker.ts')] });
  const [workerName = ''] = worker.keys();
  const main = await bundle({
    entryPoints: [join(WEB, 'main.tsx')],
    define: { FEED_WORKER_URL: JSON.stringify(`/assets/${workerName}`) },
  });
  const files = new Map([...worker, ...main, [iconName, icon]]);
  const nameOf = (end: string): string => [...main.keys()].find((name) => name.endsWith(end)) ?? end;
  const html = (await readFile(join(WEB, 'index.html'), 'utf8'))
    .replace('{{main.css}}', `/assets/${nameOf('.css')}`)
    .replace('{{main.js}}', `/assets/${nameOf('.js')}`)
    .replace('/assets/icon.svg', `/assets/${iconName}`);
  const assets = await Promise.all(
    [...files].map(async ([name, content]) => [name, await pageFile(name, content)] as const),
  );
  return { shell: await pageFile('index.html', Buffer.from(html)), assets: new Map(assets) };
}

async function bundle(options: Pick<BuildOptions, 'entryPoints' | 'define'>): Promise<Map<string, Buffer>> {
  const { outputFiles } = await build({ ...OPTIONS, ...options });
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(WEB.length + 1), Buffer.from(contents)]));
}

async function pageFile(name: string, plain: Buffer): Promise<PageFile> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  const [br, gzipped] = await Promise.all([
    promisify(brotliCompress)(plain, { params }),
    promisify(gzip)(plain, { level: 9 }),
  ]);
  return { type: TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream', plain, br, gzip: gzipped };
}

const hashedName = (name: string, content: Buffer, extension: string): string =>
  `${name}-${createHash('sha256').update(content).digest('hex').slice(0, 8).toUpperCase()}.${extension}`;
