import {
  headerToken,
  integer,
  option,
  optional,
  secretText,
  text,
  url,
  urlWithoutCredentials,
  type Values,
} from '../option.ts';

/** MLflow's own rule for the name of a workspace; the name becomes a header. */
const workspace = (value: string): string => {
  if (/^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/.test(value)) return value;
  throw new Error('expected 2 to 63 lower-case letters, digits and inner dashes');
};

/** How MLflow is reached. Each name that MLflow's own client reads has the same meaning here. */
export const mlflowOptions = {
  trackingUri: option(
    'MLFLOW_TRACKING_URI',
    optional(url('http:', 'https:')),
    undefined,
    'MLflow tracking server, with its path prefix if it has one. The role `mlflow` and the commands `mlflow` need it.',
  ),
  username: option(
    'MLFLOW_TRACKING_USERNAME',
    optional(text),
    undefined,
    'User for the basic authentication of MLflow.',
  ),
  password: option('MLFLOW_TRACKING_PASSWORD', optional(secretText), undefined, 'Password of that user.', true),
  token: option(
    'MLFLOW_TRACKING_TOKEN',
    optional(headerToken),
    undefined,
    'Bearer token, for a proxy or a plug-in in front of MLflow; a user with a password takes precedence.',
    true,
  ),
  certificatePath: option(
    'MLFLOW_TRACKING_SERVER_CERT_PATH',
    optional(text),
    undefined,
    'PEM file of the certificate authority that signed the certificate of MLflow; absent: those of Node.',
  ),
  clientCertificatePath: option(
    'MLFLOW_TRACKING_CLIENT_CERT_PATH',
    optional(text),
    undefined,
    'PEM file with the certificate and the key by which this process authenticates at MLflow, or at the proxy in front of it (mTLS).',
  ),
  workspace: option(
    'MLFLOW_WORKSPACE',
    optional(workspace),
    undefined,
    'Workspace of the experiments. A server without workspaces refuses every request that names one.',
  ),
  publicUrl: option(
    'MLFLOW_PUBLIC_URL',
    optional(urlWithoutCredentials('MLFLOW_TRACKING_USERNAME', 'http:', 'https:')),
    undefined,
    'Address at which browsers reach MLflow, for links to its pages; absent: MLFLOW_TRACKING_URI.',
  ),
  callsAtOnce: option(
    'MLFLOW_CALLS_AT_ONCE',
    integer(1, 4),
    '2',
    'Requests to MLflow that one process has in flight; all processes together have four at most. Two keep one worker of MLflow busy, and more only cost it processor time; a server with several workers serves more at once.',
  ),
  timeoutMs: option(
    'MLFLOW_TIMEOUT_MS',
    integer(31_000, 600_000),
    '60000',
    'How long one call to MLflow may take, in milliseconds. MLflow itself waits 30 s for a connection to its database, so a shorter limit would give up calls that are still in progress.',
  ),
} as const;

export type MlflowConfig = Values<typeof mlflowOptions>;
