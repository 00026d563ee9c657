import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Reply } from './route.ts';

/** A file that is part of the installation and served as it is. */
export interface BundledFile {
  /** Its folder: one below `web/`, or an npm package. */
  readonly from: `web/${string}` | 'swagger-ui-dist';
  readonly name: string;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const ROOT = join(import.meta.dirname, '../..');

/** Reads a file once. All answers share its buffer, so that an answer waiting to be sent costs no memory of its own. */
export function serveBundledFile({ from, name, type, headers = {} }: BundledFile): () => Promise<Reply> {
  let reply: Promise<Reply> | undefined;
  return () => {
    reply ??= readFile(join(folderOf(from), name)).then(
      (body) => ({ type, body, headers }),
      (error: unknown) => {
        reply = undefined;
        throw error;
      },
    );
    return reply;
  };
}

const folderOf = (from: BundledFile['from']): string =>
  from === 'swagger-ui-dist'
    ? dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
    : join(ROOT, from);
