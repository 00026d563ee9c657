import { oneOf, option, optional, secretText, text, urlWithoutCredentials } from '../option.ts';

export const SECURITY_PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const;

/** How connections to the brokers are encrypted and authenticated. The names are those of librdkafka, in capitals. */
export const securityOptions = {
  securityProtocol: option(
    'KAFKA_SECURITY_PROTOCOL',
    oneOf(SECURITY_PROTOCOLS),
    'PLAINTEXT',
    'How the brokers are reached: `PLAINTEXT`, `SSL` (TLS), `SASL_PLAINTEXT`, or `SASL_SSL`.',
  ),
  saslMechanism: option(
    'KAFKA_SASL_MECHANISM',
    optional(oneOf(SASL_MECHANISMS)),
    undefined,
    'How this process authenticates: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512` or `OAUTHBEARER`.',
  ),
  saslUsername: option('KAFKA_SASL_USERNAME', optional(text), undefined, 'User for PLAIN and SCRAM.'),
  saslPassword: option(
    'KAFKA_SASL_PASSWORD',
    optional(secretText),
    undefined,
    'Password of that user. If it is in a file, each new connection reads it again.',
    true,
  ),
  tokenEndpoint: option(
    'KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL',
    optional(
      urlWithoutCredentials(
        'KAFKA_SASL_OAUTHBEARER_CLIENT_ID and KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET',
        'http:',
        'https:',
      ),
    ),
    undefined,
    'Address at which OAUTHBEARER gets its tokens, by the grant `client_credentials`. A token is kept until shortly before it expires.',
  ),
  clientId: option('KAFKA_SASL_OAUTHBEARER_CLIENT_ID', optional(text), undefined, 'Client that asks for the tokens.'),
  clientSecret: option(
    'KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET',
    optional(secretText),
    undefined,
    'Secret of that client. If it is in a file, it is read again for each token.',
    true,
  ),
  scope: option('KAFKA_SASL_OAUTHBEARER_SCOPE', optional(text), undefined, 'Scope that the tokens are requested for.'),
  caLocation: option(
    'KAFKA_SSL_CA_LOCATION',
    optional(text),
    undefined,
    'PEM file of the certificate authorities that sign the certificates of the brokers; absent: those of Node. Like the two files below, it is read again when it changes.',
  ),
  certificateLocation: option(
    'KAFKA_SSL_CERTIFICATE_LOCATION',
    optional(text),
    undefined,
    'PEM file of the certificate by which this process authenticates (mTLS), followed by its intermediates.',
  ),
  keyLocation: option('KAFKA_SSL_KEY_LOCATION', optional(text), undefined, 'PEM file of the key of that certificate.'),
  keyPassword: option(
    'KAFKA_SSL_KEY_PASSWORD',
    optional(secretText),
    undefined,
    'Password of that key, if it is encrypted.',
    true,
  ),
} as const;
