import { isLoopback } from './access/loopback.ts';
import type { RegistryConfig } from './avro/options.ts';
import type { KafkaConfig } from './kafka/options.ts';
import { securityFileProblems } from './kafka/security-files.ts';
import type { S3Config } from './sinks/archive/options.ts';
import type { PostgresConfig } from './store/options.ts';
import { tlsModeProblem } from './store/tls-mode.ts';

interface Settings {
  readonly kafka: KafkaConfig;
  readonly registry: RegistryConfig;
  readonly postgres: PostgresConfig;
  readonly s3: S3Config;
}

/** Settings that can each be read but do not go together: one sentence for each, which names what to change. */
export const findConfigProblems = ({ kafka, registry, postgres, s3 }: Settings): readonly string[] => [
  ...saslProblems(kafka),
  ...tlsProblems(kafka),
  ...(registry.bearerToken !== undefined && registry.userInfo !== undefined
    ? ['SCHEMA_REGISTRY_BEARER_AUTH_TOKEN and SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO exclude each other: set one of them']
    : []),
  ...listed(tlsModeProblem(postgres.url, isLoopback)),
  ...listed(bucketProblem(s3)),
];

/** With half of a key, the AWS SDK would search other credentials, and perhaps find some. */
function bucketProblem({ accessKeyId, secretAccessKey, sessionToken }: S3Config): string | undefined {
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    return 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_SECRET_ACCESS_KEY_FILE) need each other: set both or neither';
  }
  if (sessionToken !== undefined && accessKeyId === undefined) {
    return 'AWS_SESSION_TOKEN belongs to AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which are not set';
  }
  return undefined;
}

const listed = (problem: string | undefined): readonly string[] => (problem === undefined ? [] : [problem]);

type Setting = readonly [variable: string, value: unknown];

const named = (settings: readonly Setting[], isSet: boolean): readonly string[] =>
  settings.filter(([, value]) => (value !== undefined) === isSet).map(([variable]) => variable);

const userSettings = ({ saslUsername, saslPassword }: KafkaConfig): readonly Setting[] => [
  ['KAFKA_SASL_USERNAME', saslUsername],
  ['KAFKA_SASL_PASSWORD', saslPassword],
];

const tokenSettings = ({ tokenEndpoint, clientId, clientSecret }: KafkaConfig): readonly Setting[] => [
  ['KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL', tokenEndpoint],
  ['KAFKA_SASL_OAUTHBEARER_CLIENT_ID', clientId],
  ['KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET', clientSecret],
];

const fileSettings = ({
  caLocation,
  certificateLocation,
  keyLocation,
  keyPassword,
}: KafkaConfig): readonly Setting[] => [
  ['KAFKA_SSL_CA_LOCATION', caLocation],
  ['KAFKA_SSL_CERTIFICATE_LOCATION', certificateLocation],
  ['KAFKA_SSL_KEY_LOCATION', keyLocation],
  ['KAFKA_SSL_KEY_PASSWORD', keyPassword],
];

function saslProblems(kafka: KafkaConfig): readonly string[] {
  const { securityProtocol, saslMechanism } = kafka;
  const isSasl = securityProtocol.startsWith('SASL_');
  if (!isSasl) {
    const mechanism: Setting = ['KAFKA_SASL_MECHANISM', saslMechanism];
    const unused = named([mechanism, ...userSettings(kafka), ...tokenSettings(kafka)], true);
    if (unused.length === 0) return [];
    return [
      `${unused.join(', ')}: not used with KAFKA_SECURITY_PROTOCOL=${securityProtocol}; set that to SASL_SSL, or remove them`,
    ];
  }
  if (saslMechanism === undefined) {
    return [`KAFKA_SASL_MECHANISM is required by KAFKA_SECURITY_PROTOCOL=${securityProtocol}: set it`];
  }
  const [used, unused] =
    saslMechanism === 'OAUTHBEARER'
      ? [tokenSettings(kafka), userSettings(kafka)]
      : [userSettings(kafka), tokenSettings(kafka)];
  const missing = named(used, false);
  const extra = named(unused, true);
  return [
    ...(missing.length > 0 ? [`${missing.join(', ')}: required by KAFKA_SASL_MECHANISM=${saslMechanism}`] : []),
    ...(extra.length > 0
      ? [`${extra.join(', ')}: not used by KAFKA_SASL_MECHANISM=${saslMechanism}; remove them`]
      : []),
    ...listed(clearTextProblem(kafka)),
  ];
}

/** SCRAM proves the password without sending it; the others send it, or a token, as it is. */
function clearTextProblem(kafka: KafkaConfig): string | undefined {
  const { securityProtocol, saslMechanism, brokers, tokenEndpoint } = kafka;
  const isLocal = brokers.every((broker) => isLoopback(broker.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')));
  if (securityProtocol === 'SASL_PLAINTEXT' && !saslMechanism?.startsWith('SCRAM') && !isLocal) {
    return `KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT: ${saslMechanism} would send its secret unencrypted; set it to SASL_SSL`;
  }
  if (tokenEndpoint?.protocol === 'http:' && !isLoopback(new URL(`${tokenEndpoint}`).hostname)) {
    return 'KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: the client secret would be sent unencrypted; use https://';
  }
  return undefined;
}

function tlsProblems(kafka: KafkaConfig): readonly string[] {
  const { securityProtocol, certificateLocation, keyLocation, keyPassword } = kafka;
  const set = named(fileSettings(kafka), true);
  if (!securityProtocol.endsWith('SSL')) {
    if (set.length === 0) return [];
    return [
      `${set.join(', ')}: not used with KAFKA_SECURITY_PROTOCOL=${securityProtocol}; set that to SSL or SASL_SSL, or remove them`,
    ];
  }
  if ((certificateLocation === undefined) !== (keyLocation === undefined)) {
    return ['KAFKA_SSL_CERTIFICATE_LOCATION and KAFKA_SSL_KEY_LOCATION need each other: set both or neither'];
  }
  if (keyPassword !== undefined && keyLocation === undefined) {
    return ['KAFKA_SSL_KEY_PASSWORD is the password of KAFKA_SSL_KEY_LOCATION, which is not set'];
  }
  return securityFileProblems(kafka);
}
