import { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Log } from '../../log.ts';
import { readSecurityFiles, type SecurityFiles } from '../security-files.ts';

/**
 * Returns the certificates for the next connection: those of the files as they are now, so that a certificate is renewed
 * without a restart. Files that cannot be used are logged, and those read before stay in use.
 *
 * @param onCertificate called with the certificate of this process, whenever it was read.
 */
export function createChangingContext(
  files: SecurityFiles,
  log: Log,
  onCertificate: (own: X509Certificate) => void,
): () => SecureContext {
  function readContext(): SecureContext {
    const pem = readSecurityFiles(files);
    const read = createSecureContext(pem);
    if (pem.cert !== undefined) onCertificate(new X509Certificate(pem.cert as Buffer));
    return read;
  }

  let version = versionOf(files);
  let context = readContext();
  return () => {
    const now = versionOf(files);
    if (now === version) return context;
    version = now;
    try {
      context = readContext();
      log.info('the certificates for Kafka have changed and are in use');
    } catch (error) {
      const cause = (error as Error).message;
      log.error({ cause }, 'the changed certificates for Kafka cannot be used; the earlier ones stay in use');
    }
    return context;
  };
}

/** Changes when a file is written again or replaced. */
const versionOf = ({ caLocation, certificateLocation, keyLocation }: SecurityFiles): string =>
  [caLocation, certificateLocation, keyLocation].map(stateOf).join(' ');

function stateOf(path: string | undefined): string {
  if (path === undefined) return '';
  const state = statSync(path, { throwIfNoEntry: false });
  return state === undefined ? 'missing' : `${state.ino}-${state.size}-${state.mtimeMs}`;
}
