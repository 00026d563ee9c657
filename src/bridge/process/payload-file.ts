import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Opens an unnamed file with this content for reading, of which nothing is left once it is closed. Unlike the "pipes"
 * of Node, which are sockets, it can be opened as `/dev/stdin`, and its writer waits for no reader.
 */
export async function openPayloadFile(content: string): Promise<FileHandle> {
  const path = join(tmpdir(), `thunderline-payload-${randomBytes(8).toString('hex')}`);
  const writing = await open(path, 'wx', 0o600);
  try {
    await writing.writeFile(content, 'utf8');
    return await open(path, 'r');
  } finally {
    await writing.close();
    await rm(path, { force: true });
  }
}
