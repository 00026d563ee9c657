import kafkajs, { type Mechanism } from 'kafkajs';

/** kafkajs is a CommonJS module, of which Node detects only some exports; its types lack the message. */
const AuthenticationError = kafkajs.KafkaJSSASLAuthenticationError as unknown as new (message: string) => Error;

const LENGTH_BYTES = 4;

/**
 * SASL OAUTHBEARER (RFC 7628). kafkajs has the mechanism too, but takes a refusal for a success: the broker answers it without
 * an error code, and with the reason as JSON. A closed connection follows, which names no cause.
 */
export const oauthBearer = (token: () => Promise<string>): Mechanism => ({
  mechanism: 'OAUTHBEARER',
  authenticationProvider: ({ saslAuthenticate }) => ({
    async authenticate() {
      const value = await token();
      const refusal = await saslAuthenticate({
        request: { encode: () => withLength(`n,,\u0001auth=Bearer ${value}\u0001\u0001`) },
        response: { decode: (bytes) => bytes, parse: (bytes) => bytes.toString('utf8', LENGTH_BYTES) },
      });
      if (refusal) throw new AuthenticationError(`SASL OAUTHBEARER authentication failed: ${refusal}`);
    },
  }),
});

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
