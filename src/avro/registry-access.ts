import type { Address } from '../address.ts';
import type { Credentials } from '../credentials.ts';

/** Where a schema registry is, and who asks. */
export interface RegistrySettings {
  /** Base of a Confluent-compatible API; its user info are credentials too. */
  readonly url: Address;
  readonly userInfo?: Credentials | undefined;
}

/** The base address, credentials and headers of a request to the registry. */
export interface RegistryAccess {
  /** Base of the API, without credentials and without a slash at the end. */
  readonly base: string;
  readonly credentials: Credentials | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** `fetch` refuses addresses with user info, so credentials travel as a header. */
export function registryAccess({ url, userInfo }: RegistrySettings): RegistryAccess {
  const credentials = userInfo ?? url.credentials;
  return {
    base: url.toString().replace(/\/$/, ''),
    credentials,
    headers: credentials === undefined ? {} : { authorization: credentials.basic },
  };
}

/** Completes a message about an answer that asks for credentials. */
export const credentialsHint = (status: number | undefined): string =>
  status === 401 || status === 403 ? ': check SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO' : '';
