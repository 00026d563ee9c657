import { readFileSync } from 'node:fs';
import { Credentials } from '../credentials.ts';
import { UsageError } from '../errors.ts';
import type { MlflowConfig } from './options.ts';

/** The address of MLflow and the credentials of each request. Printed in any way, it shows the address only. */
export interface MlflowAccess {
  /** The tracking server with its path prefix, without credentials and without a slash at the end. */
  readonly base: string;
  /** The base of links for browsers. */
  readonly publicBase: string;
  readonly timeoutMs: number;
  /** The headers of every request; a method, so that no log line or error can contain them. */
  headers(): Readonly<Record<string, string>>;
  /** The PEM of the certificate authority; undefined: those of Node. */
  readonly certificate: string | undefined;
  /** The PEM of the certificate and the key by which this process authenticates. */
  readonly clientCertificate: string | undefined;
}

/** Reads the settings. Throws {@link UsageError} if the address is missing, or half of a pair of credentials. */
export function mlflowAccess(config: MlflowConfig): MlflowAccess {
  const { trackingUri, timeoutMs, workspace } = config;
  if (trackingUri === undefined) throw new UsageError('MLFLOW_TRACKING_URI is not set: set it to the MLflow server');
  const authorization = authorizationOf(config);
  const base = withoutSlash(trackingUri.toString());
  const headers = {
    ...(authorization !== undefined && { authorization }),
    ...(workspace !== undefined && { 'x-mlflow-workspace': workspace }),
  };
  return {
    base,
    publicBase: publicBaseOf(config) ?? base,
    timeoutMs,
    headers: () => headers,
    certificate: readPem('MLFLOW_TRACKING_SERVER_CERT_PATH', config.certificatePath),
    clientCertificate: readPem('MLFLOW_TRACKING_CLIENT_CERT_PATH', config.clientCertificatePath),
  };
}

/** The base of links for browsers, for parts that do not call MLflow; undefined without MLflow. */
export function publicBaseOf({ trackingUri, publicUrl }: MlflowConfig): string | undefined {
  if (trackingUri === undefined) return undefined;
  return withoutSlash((publicUrl ?? trackingUri).toString());
}

/** As MLflow's own client chooses: a user with a password, else the token. The user info of the address comes last. */
function authorizationOf({ trackingUri, username, password, token }: MlflowConfig): string | undefined {
  if ((username === undefined) !== (password === undefined)) {
    throw new UsageError('MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD need each other: set both or neither');
  }
  if (username !== undefined && password !== undefined) return new Credentials(username, password.reveal()).basic;
  if (token !== undefined) return `Bearer ${token.reveal()}`;
  return trackingUri?.credentials?.basic;
}

function readPem(variable: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`${variable}: ${(cause as Error).message}`, { cause });
  }
}

const withoutSlash = (address: string): string => address.replace(/\/+$/, '');
