import type { Address } from '../address.ts';
import type { Credentials } from '../credentials.ts';
import type { Secret } from '../secret.ts';

/** The address of a schema registry, and the credentials of its client. */
export interface RegistrySettings {
  /** Base of a Confluent-compatible API; its user info are credentials too. */
  readonly url: Address;
  readonly userInfo?: Credentials | undefined;
  readonly bearerToken?: Secret | undefined;
}

/** The base address and headers of a request to the registry. */
export interface RegistryAccess {
  /** Base of the API, without credentials and without a slash at the end. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** `fetch` refuses addresses with user info, so credentials travel as a header. */
export function registryAccess({ url, userInfo, bearerToken }: RegistrySettings): RegistryAccess {
  const basic = (userInfo ?? url.credentials)?.basic;
  const authorization = bearerToken === undefined ? basic : `Bearer ${bearerToken.reveal()}`;
  return {
    base: url.toString().replace(/\/$/, ''),
    headers: authorization === undefined ? {} : { authorization },
  };
}

/** Completes a message about an answer with this status by the setting to check. */
export function settingHint(status: number | undefined): string {
  if (status === 401 || status === 403) {
    return ': check SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO, or SCHEMA_REGISTRY_BEARER_AUTH_TOKEN';
  }
  return status === 404 ? ': check the path in SCHEMA_REGISTRY_URL, which for Apicurio ends with /apis/ccompat/v7' : '';
}

/**
 * Whether an answer with status 404 comes from a registry that does not have the subject or the schema. A server that has no
 * registry at this address answers 404 as well, but without one of the registry's codes.
 */
export async function isAbsent(response: Response): Promise<boolean> {
  if (response.status !== 404) return false;
  try {
    const { error_code: code } = (await response.clone().json()) as { readonly error_code?: unknown };
    return typeof code === 'number' && code >= 40_400 && code < 40_500;
  } catch {
    return false;
  }
}
