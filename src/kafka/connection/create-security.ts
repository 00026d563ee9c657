import type { X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory, Mechanism, SASLOptions } from 'kafkajs';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Secret } from '../../secret.ts';
import type { KafkaConfig } from '../options.ts';
import { createChangingContext } from './changing-context.ts';
import { oauthBearer } from './oauth-bearer.ts';
import { createTokenSource } from './token-source.ts';

const KEEP_ALIVE_DELAY_MS = 60_000;

type ExpiryMetrics = Pick<Metrics, 'certificateExpiry'>;

/** The part of the options of a kafkajs client that encrypts and authenticates its connections. */
export interface KafkaSecurity {
  readonly ssl: boolean;
  readonly sasl?: SASLOptions | Mechanism;
  /** Opens the connections, with the certificates as they are at that moment. */
  readonly connect: ISocketFactory;
}

/** The settings must be free of the problems that `findConfigProblems` reports. */
export function createSecurity(config: KafkaConfig, log: Log, metrics?: ExpiryMetrics): KafkaSecurity {
  const sasl = saslOf(config);
  return {
    ssl: config.securityProtocol.endsWith('SSL'),
    ...(sasl && { sasl }),
    connect: config.securityProtocol.endsWith('SSL') ? tlsSockets(config, log, metrics) : tcpSockets,
  };
}

/** Connections without encryption. */
export const tcpSockets: ISocketFactory = ({ host, port, onConnect }) =>
  connectTcp({ host, port }, onConnect).setKeepAlive(true, KEEP_ALIVE_DELAY_MS);

function tlsSockets(config: KafkaConfig, log: Log, metrics: ExpiryMetrics | undefined): ISocketFactory {
  const noteExpiry = (what: 'kafka_broker' | 'kafka_client', certificate: X509Certificate | undefined): void =>
    metrics?.certificateExpiry.set({ what }, (certificate?.validToDate.getTime() ?? 0) / 1_000);
  const context = createChangingContext(config, log, (own) => noteExpiry('kafka_client', own));
  return ({ host, port, onConnect }) => {
    // The name of a server cannot be an address (RFC 6066); without a name the certificate is checked for the address.
    const name = isIP(host) ? {} : { servername: host };
    const socket = connectTls({ host, port, ...name, secureContext: context() }, onConnect);
    // An expired certificate ends no open connection, only the next one fails: report its expiry in advance.
    socket.once('secureConnect', () => noteExpiry('kafka_broker', socket.getPeerX509Certificate()));
    return socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
  };
}

function saslOf(config: KafkaConfig): SASLOptions | Mechanism | undefined {
  const { securityProtocol, saslMechanism, saslUsername = '', saslPassword } = config;
  if (!securityProtocol.startsWith('SASL_')) return undefined;
  if (saslMechanism === 'OAUTHBEARER') return oauthBearer(tokensOf(config));
  return {
    mechanism: (saslMechanism ?? 'PLAIN').toLowerCase() as 'plain',
    username: saslUsername,
    // kafkajs reads it at each authentication, so that a password that changed is used by the next connection.
    get password() {
      return saslPassword?.reveal() ?? '';
    },
  };
}

/** One source for all clients with the same settings, so that they share its token. */
const sources = new WeakMap<Secret, () => Promise<string>>();

function tokensOf({ tokenEndpoint, clientId, clientSecret, scope }: KafkaConfig): () => Promise<string> {
  if (tokenEndpoint === undefined || clientId === undefined || clientSecret === undefined) {
    throw new TypeError('OAUTHBEARER without its settings');
  }
  const source =
    sources.get(clientSecret) ?? createTokenSource({ endpoint: tokenEndpoint, clientId, clientSecret, scope });
  sources.set(clientSecret, source);
  return source;
}
