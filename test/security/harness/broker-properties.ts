import { AUDIENCE, ISSUER } from './identity-provider.ts';

/** The properties of the secure broker that are the same for each start. */
export const BROKER_PROPERTIES = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:SSL',
  'inter.broker.listener.name': 'SSL',
  'listener.name.ssl.ssl.client.auth': 'required',
  'listener.name.controller.ssl.client.auth': 'required',
  'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
  // The certificate may get another name while the broker runs.
  'ssl.allow.dn.changes': 'true',
  'ssl.allow.san.changes': 'true',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:localhost;User:admin',
  'sasl.enabled.mechanisms': 'SCRAM-SHA-256,SCRAM-SHA-512,PLAIN,OAUTHBEARER',
  'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config':
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config':
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'listener.name.sasl_ssl.oauthbearer.sasl.jaas.config':
    'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
  'listener.name.sasl_ssl.oauthbearer.sasl.server.callback.handler.class':
    'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler',
  'listener.name.sasl_ssl.oauthbearer.sasl.oauthbearer.expected.audience': AUDIENCE,
  'listener.name.sasl_ssl.oauthbearer.sasl.oauthbearer.expected.issuer': ISSUER,
  'listener.name.sasl_ssl.oauthbearer.connections.max.reauth.ms': '3600000',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  // A listener has a channel builder for each of its threads, and gets a new certificate one after another.
  'num.network.threads': '1',
  'group.initial.rebalance.delay.ms': '0',
  'auto.create.topics.enable': 'false',
};
