import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate and its key, as PEM files. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** DNS names and addresses as openssl writes them; by default those of this machine. */
  readonly names?: string;
  /** Negative for one that has expired. */
  readonly days?: number;
}

const openssl = (...args: readonly string[]): Buffer => execFileSync('openssl', args, { stdio: 'pipe' });

/** A certificate authority made by openssl. */
export class Authority {
  /** The PEM file that clients trust. */
  readonly certificate: string;
  readonly #folder: string;
  readonly #key: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.certificate = join(folder, `${name}.crt`);
    this.#key = join(folder, `${name}.key`);
    const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
    openssl(
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', `/CN=${name}`],
      ...extensions.flatMap((extension) => ['-addext', extension]),
      ...['-keyout', this.#key, '-out', this.certificate],
    );
  }

  /** Makes a certificate for servers and clients. The same `file` replaces an earlier one. */
  issue(file: string, commonName: string, { names, days = 30 }: CertificateOptions = {}): Certificate {
    const path = (ending: string): string => join(this.#folder, `${file}.${ending}`);
    const subject = ['-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${commonName}`];
    openssl('req', ...subject, '-keyout', path('key'), '-out', path('csr'));
    const extensions = [
      `subjectAltName=${names ?? 'DNS:localhost,IP:127.0.0.1'}`,
      'extendedKeyUsage=serverAuth,clientAuth',
      'basicConstraints=CA:FALSE',
    ];
    writeFileSync(path('ext'), extensions.join('\n'));
    const signer = ['-CA', this.certificate, '-CAkey', this.#key, '-CAcreateserial', '-days', String(days)];
    openssl('x509', '-req', '-in', path('csr'), ...signer, '-extfile', path('ext'), '-out', path('crt'));
    return { certificate: path('crt'), key: path('key') };
  }

  /** One file as Kafka reads a key store in PEM format: the key in PKCS#8, its certificate, and the authority. */
  keyStore(path: string, { certificate, key }: Certificate): string {
    writeFileSync(path, openssl('pkcs8', '-topk8', '-nocrypt', '-in', key));
    appendFileSync(path, readFileSync(certificate));
    appendFileSync(path, readFileSync(this.certificate));
    return path;
  }
}
