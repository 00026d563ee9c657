import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { KafkaConfig } from './options.ts';

export type PrincipalSettings = Pick<
  KafkaConfig,
  'securityProtocol' | 'saslMechanism' | 'saslUsername' | 'clientId' | 'certificateLocation'
>;

/**
 * Names this client as an authorizer of Kafka does. The broker may map the subject of a certificate to another name
 * (`ssl.principal.mapping.rules`), and the claims of a token too; the name here is the one before that.
 */
export function principalOf(settings: PrincipalSettings): string {
  const { securityProtocol, saslMechanism, saslUsername, clientId, certificateLocation } = settings;
  if (securityProtocol.startsWith('SASL_')) {
    return saslMechanism === 'OAUTHBEARER' ? `the owner of the token of ${clientId}` : `User:${saslUsername}`;
  }
  if (securityProtocol === 'PLAINTEXT' || certificateLocation === undefined) return 'User:ANONYMOUS';
  return `the certificate ${subjectOf(certificateLocation)}`;
}

function subjectOf(path: string): string {
  try {
    return new X509Certificate(readFileSync(path)).subject.split('\n').reverse().join(',');
  } catch {
    return path;
  }
}
