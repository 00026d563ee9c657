import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { SECURITY_HEADERS } from '../http/problem.ts';
import type { Call } from '../http/route.ts';
import { type Cell, csvLine } from './csv.ts';

export type ExportFormat = 'csv' | 'json';
export const EXPORT_FORMATS: readonly ExportFormat[] = ['csv', 'json'];

/** Rows that are sent as a whole, however many there are. */
export interface Rows {
  readonly format: ExportFormat;
  /** Name of the file, without its ending. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly as_of: string | null;
  /** Pages of rows, each as an object for JSON and as the cells of its columns. */
  readonly pages: AsyncIterable<readonly { readonly value: object; readonly cells: readonly Cell[] }[]>;
}

const TYPES = { csv: 'text/csv; charset=utf-8', json: 'application/json' } as const;

/**
 * Sends rows page by page, at the pace of the client. An error before the first page becomes a problem; a later one breaks the
 * connection off, so that no client takes a part for the whole.
 */
export async function sendRows({ request, response, access }: Call, rows: Rows): Promise<undefined> {
  const pages = rows.pages[Symbol.asyncIterator]();
  let page = await pages.next();
  response.writeHead(200, {
    'content-type': TYPES[rows.format],
    'content-disposition': `attachment; filename="${rows.name}.${rows.format}"`,
    ...SECURITY_HEADERS,
    ...access.headers(),
    ...(rows.as_of !== null && { 'thunderline-as-of': rows.as_of }),
  });
  request.resume();
  if (request.method === 'HEAD') {
    response.end();
    await pages.return?.();
    return undefined;
  }
  try {
    if (rows.format === 'csv') await write(response, csvLine(rows.columns));
    let separator = rows.format === 'csv' ? '' : '[\n';
    for (; page.done !== true && !response.destroyed; page = await pages.next()) {
      for (const row of page.value) {
        const text = rows.format === 'csv' ? csvLine(row.cells) : `${separator}${JSON.stringify(row.value)}`;
        if (rows.format === 'json') separator = ',\n';
        await write(response, text);
      }
    }
    response.end(rows.format === 'csv' ? '' : `${separator === '[\n' ? '[' : '\n'}]\n`);
  } catch {
    response.destroy();
  }
  return undefined;
}

async function write(response: ServerResponse, text: string): Promise<void> {
  if (response.destroyed || response.write(text)) return;
  const left = new AbortController();
  const onClose = () => left.abort();
  response.once('close', onClose);
  await once(response, 'drain', { signal: left.signal }).catch(() => undefined);
  response.off('close', onClose);
}
