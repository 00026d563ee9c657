import { tlsProblem } from '../../network-error.ts';
import type { KafkaConfig } from '../options.ts';
import { type PrincipalSettings, principalOf } from '../principal.ts';

/** Errors of kafkajs by which a broker, or the group coordinator on it, did not answer. */
const UNANSWERED: ReadonlySet<string> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSGroupCoordinatorNotFound',
]);

/** Types of errors that a broker sends, and the remedy of each. */
const REMEDIES: Readonly<Record<string, (settings: KafkaSettings) => string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: () => '; "thunderline topics --apply" creates missing topics',
  UNSUPPORTED_SASL_MECHANISM: ({ saslMechanism }) =>
    `; KAFKA_SASL_MECHANISM is ${saslMechanism}: set it to a mechanism of this listener`,
  ILLEGAL_SASL_STATE: ({ securityProtocol }) =>
    `; KAFKA_SECURITY_PROTOCOL is ${securityProtocol}: this listener has no SASL, or requires it`,
  TOPIC_AUTHORIZATION_FAILED: notAllowed,
  GROUP_AUTHORIZATION_FAILED: notAllowed,
  CLUSTER_AUTHORIZATION_FAILED: notAllowed,
};

function notAllowed(settings: KafkaSettings): string {
  return `; this process is ${principalOf(settings)}, and deploy/kafka-acls.md lists the rights of each role`;
}

export type KafkaSettings = Pick<KafkaConfig, 'brokers'> & PrincipalSettings;

export interface KafkaFailure {
  /** Whether Kafka answered, but with an error. */
  readonly answered: boolean;
  /** One sentence that names the brokers. */
  readonly message: string;
}

interface KafkaError {
  readonly type?: unknown;
  readonly code?: unknown;
  readonly errors?: readonly unknown[];
}

/**
 * Describes a failure of Kafka in one sentence; undefined for any other error. After several attempts kafkajs wraps the
 * error of the last one, so the causes are searched too.
 */
export function describeKafkaError(error: unknown, settings: KafkaSettings): KafkaFailure | undefined {
  const where = settings.brokers.join(', ');
  for (let each = error; each instanceof Error; each = causeOf(each)) {
    const { name, message } = each;
    const { type, code } = each as KafkaError;
    if (name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED') {
      return { answered: true, message: `Kafka at ${where} does not admit ${refusal(settings)} (${message})` };
    }
    if (UNANSWERED.has(name)) {
      const hint = tlsHint(code) ?? (name === 'KafkaJSConnectionClosedError' ? closedHint(settings) : '');
      return { answered: false, message: `Kafka does not answer at ${where}: ${message}${hint}` };
    }
    if (name === 'KafkaJSProtocolError' || name === 'KafkaJSCreateTopicError') {
      const remedy = REMEDIES[String(type)]?.(settings) ?? '';
      return { answered: true, message: `Kafka at ${where} answers: ${message}${remedy}` };
    }
  }
  return undefined;
}

/** Several errors of one request have no cause in common; the first one represents them. */
const causeOf = (error: Error): unknown => error.cause ?? (error as KafkaError).errors?.[0];

const refusal = (settings: KafkaSettings): string =>
  settings.saslMechanism === 'OAUTHBEARER'
    ? `${principalOf(settings)}: check KAFKA_SASL_OAUTHBEARER_SCOPE, and the audience and issuer that the broker expects`
    : `${principalOf(settings)}: check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM`;

function tlsHint(code: unknown): string | undefined {
  const problem = tlsProblem(code);
  return problem === undefined
    ? undefined
    : `: ${problem}; check KAFKA_SSL_CA_LOCATION and KAFKA_SSL_CERTIFICATE_LOCATION`;
}

/** A listener that expects another protocol closes the connection without an answer. */
const closedHint = ({ securityProtocol }: KafkaSettings): string =>
  `; if it happens at every attempt, KAFKA_SECURITY_PROTOCOL (${securityProtocol}) is not that of this listener`;
