import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import { UsageError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { HttpConfig } from './options.ts';

/** The paths of a certificate and its key in PEM format. */
export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Their content. */
export interface TlsContent {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface TlsParts {
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'certificateExpiry'>;
}

const LOOK_EVERY_MS = 2_000;

/** The files of `TLS_CERT_FILE` and `TLS_KEY_FILE`; undefined without them. Throws {@link UsageError} if one is missing. */
export function tlsFilesOf({ tlsCertificateFile, tlsKeyFile }: HttpConfig): TlsFiles | undefined {
  if (tlsCertificateFile === undefined && tlsKeyFile === undefined) return undefined;
  if (tlsCertificateFile !== undefined && tlsKeyFile !== undefined) {
    return { certificateFile: tlsCertificateFile, keyFile: tlsKeyFile };
  }
  throw new UsageError('TLS_CERT_FILE and TLS_KEY_FILE need each other: set both or neither');
}

/** Reads both files. Throws {@link UsageError} if they cannot be used together. */
export function readTls({ certificateFile, keyFile }: TlsFiles): TlsContent {
  const content = { cert: read('TLS_CERT_FILE', certificateFile), key: read('TLS_KEY_FILE', keyFile) };
  try {
    createSecureContext(content);
    return content;
  } catch (cause) {
    const why = /key values mismatch/i.test((cause as Error).message)
      ? 'the key does not belong to the certificate'
      : (cause as Error).message;
    throw new UsageError(`TLS_CERT_FILE, TLS_KEY_FILE: ${why}`, { cause });
  }
}

function read(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new UsageError(`${variable}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Gives the server each new version of its files, until it closes, so that a certificate is renewed by writing the files. The
 * connections that exist keep the old one. A version that cannot be used is logged, and the one before it stays in use.
 */
export function followTlsFiles(server: Server, files: TlsFiles, { log, metrics }: TlsParts): void {
  let version = versionOf(files);
  noteExpiry(readTls(files), metrics);
  const timer = setInterval(() => {
    const now = versionOf(files);
    if (now === version) return;
    version = now;
    try {
      const content = readTls(files);
      server.setSecureContext(content);
      noteExpiry(content, metrics);
      log.info({ file: files.certificateFile }, 'the changed certificate is in use');
    } catch (error) {
      // The second of the two files may not have been written yet.
      const cause = (error as Error).message;
      log.warn({ cause }, 'the changed certificate cannot be used yet; the one before stays in use');
    }
  }, LOOK_EVERY_MS).unref();
  server.once('close', () => clearInterval(timer));
}

function noteExpiry({ cert }: TlsContent, { certificateExpiry }: TlsParts['metrics']): void {
  certificateExpiry.set({ what: 'https' }, new X509Certificate(cert).validToDate.getTime() / 1_000);
}

const versionOf = ({ certificateFile, keyFile }: TlsFiles): string => [certificateFile, keyFile].map(stateOf).join(' ');

function stateOf(path: string): string {
  const state = statSync(path, { throwIfNoEntry: false });
  return state === undefined ? 'missing' : `${state.ino}-${state.size}-${state.mtimeMs}`;
}
