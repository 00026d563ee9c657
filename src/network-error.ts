/** The remedies of failed TLS handshakes, by the code of Node or OpenSSL. */
const TLS_REMEDIES: readonly (readonly [code: RegExp, problem: string])[] = [
  [
    /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER_CERT(?:_LOCALLY)?|VERIFY_LEAF_SIGNATURE))$/,
    'its certificate is signed by an authority that is not trusted here',
  ],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired'],
  [/^CERT_NOT_YET_VALID$/, 'its certificate is not valid yet; compare the clocks'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'its certificate does not contain this name'],
  [/BAD_CERTIFICATE|CERTIFICATE_REQUIRED/, 'it requires a certificate of this process, and refuses the one it got'],
  [/CERTIFICATE_(?:UNKNOWN|EXPIRED|REVOKED)|UNKNOWN_CA/, 'it does not accept the certificate of this process'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/, 'it does not use TLS on this port'],
];

/** The problem of a failed TLS handshake as a sentence about the server ("it"); undefined for another failure. */
export function tlsProblem(code: unknown): string | undefined {
  if (typeof code !== 'string') return undefined;
  return TLS_REMEDIES.find(([pattern]) => pattern.test(code))?.[1];
}

/**
 * A failure of a connection in one sentence. Node reports a failure on every address of a name as one error without a message,
 * and `fetch` reports every failure as "fetch failed", with the cause in it.
 */
export function describeNetworkError(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(describeNetworkError))].join('; ');
  const { message, code, name, cause } = error as NodeJS.ErrnoException;
  if (error instanceof TypeError && cause instanceof Error) return describeNetworkError(cause);
  const problem = tlsProblem(code);
  const text = message || code || name;
  return problem === undefined ? text : `${text}: ${problem}`;
}
