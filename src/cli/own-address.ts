import { loadConfig } from '../config.ts';

/** The address of the gateway of this machine, by PORT and TLS_CERT_FILE: the default of commands that speak HTTP. */
export function ownAddress(): string {
  const { port, tlsCertificateFile } = loadConfig().http;
  return `${tlsCertificateFile === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
}
