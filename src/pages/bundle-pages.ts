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
  const workerName = nameIn(worker, '.js');
  const main = await bundle({
    entryPoints: [join(WEB, 'main.tsx')],
    define: { FEED_WORKER_URL: JSON.stringify(`/assets/${workerName}`) },
  });
  const files = new Map([...worker, ...main, [iconName, icon]]);
  const html = withNames(await readFile(join(WEB, 'index.html'), 'utf8'), {
    'main.css': nameIn(main, '.css'),
    'main.js': nameIn(main, '.js'),
    'icon.svg': iconName,
  });
  const assets = await Promise.all(
    [...files].map(async ([name, content]) => [name, await pageFile(name, content)] as const),
  );
  return { shell: await pageFile('index.html', Buffer.from(html)), assets: new Map(assets) };
}

/** The name of the one file of a bundle with an ending. Throws if there is none, because the pages would be blank without it. */
export function nameIn(files: ReadonlyMap<string, unknown>, ending: string): string {
  const name = [...files.keys()].find((each) => each.endsWith(ending));
  if (name === undefined)
    throw new Error(`The bundle of the pages has no ${ending} file; it has ${[...files.keys()]}.`);
  return name;
}

/** Puts the addresses of files in the place of `{{file}}`. Throws for a placeholder without a file, and for a file without one. */
export function withNames(html: string, names: Readonly<Record<string, string>>): string {
  const unused = new Set(Object.keys(names));
  const filled = html.replace(/\{\{(.+?)\}\}/g, (_, file: string) => {
    const name = names[file];
    if (name === undefined)
      throw new Error(`web/index.html names {{${file}}}, which the bundle of the pages does not have.`);
    unused.delete(file);
    return `/assets/${name}`;
  });
  if (unused.size > 0) throw new Error(`web/index.html has no placeholder for ${[...unused].join(', ')}.`);
  return filled;
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
