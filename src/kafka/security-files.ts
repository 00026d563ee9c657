import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { KafkaConfig } from './options.ts';

export type SecurityFiles = Pick<KafkaConfig, 'caLocation' | 'certificateLocation' | 'keyLocation' | 'keyPassword'>;

/** Reads the PEM files of the connections to Kafka. Throws an Error that names the variable of a file that cannot be read. */
export function readSecurityFiles(files: SecurityFiles): SecureContextOptions {
  const { caLocation, certificateLocation, keyLocation, keyPassword } = files;
  const ca = readPem('KAFKA_SSL_CA_LOCATION', caLocation);
  const cert = readPem('KAFKA_SSL_CERTIFICATE_LOCATION', certificateLocation);
  const key = readPem('KAFKA_SSL_KEY_LOCATION', keyLocation);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(keyPassword !== undefined && { passphrase: keyPassword.reveal() }),
  };
}

function readPem(variable: string, path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Error(`${variable}: ${(cause as Error).message}`, { cause });
  }
}

/** The problems of the files as they are now: one sentence for each. */
export function securityFileProblems(files: SecurityFiles): readonly string[] {
  let pem: SecureContextOptions;
  try {
    pem = readSecurityFiles(files);
  } catch (error) {
    return [(error as Error).message];
  }
  const problems = [
    ...certificateProblems('KAFKA_SSL_CA_LOCATION', pem.ca as Buffer | undefined),
    ...certificateProblems('KAFKA_SSL_CERTIFICATE_LOCATION', pem.cert as Buffer | undefined),
  ];
  if (problems.length > 0) return problems;
  try {
    createSecureContext(pem);
    return [];
  } catch (error) {
    return [`KAFKA_SSL_KEY_LOCATION: ${keyProblem((error as Error).message)}`];
  }
}

function certificateProblems(variable: string, pem: Buffer | undefined): readonly string[] {
  if (pem === undefined) return [];
  try {
    const { validToDate } = new X509Certificate(pem);
    if (validToDate.getTime() > Date.now()) return [];
    return [`${variable}: the certificate expired on ${validToDate.toISOString()}: replace the file`];
  } catch {
    return [`${variable}: the file contains no certificate in PEM format`];
  }
}

/** OpenSSL names its functions, not the cause. */
function keyProblem(message: string): string {
  if (/key values mismatch/i.test(message)) {
    return 'the key does not belong to the certificate of KAFKA_SSL_CERTIFICATE_LOCATION';
  }
  if (/bad decrypt|interrupted or cancelled|bad password|maybe wrong password/i.test(message)) {
    return 'the key is encrypted, and KAFKA_SSL_KEY_PASSWORD is not its password';
  }
  return `the key cannot be used: ${message}`;
}
