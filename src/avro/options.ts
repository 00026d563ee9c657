import { headerToken, option, optional, url, userInfo, type Values } from '../option.ts';

/** How the schema registry is reached. */
export const registryOptions = {
  url: option(
    'SCHEMA_REGISTRY_URL',
    url('http:', 'https:'),
    'http://127.0.0.1:8081',
    'Confluent-compatible schema registry.',
  ),
  userInfo: option(
    'SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO',
    optional(userInfo),
    undefined,
    'Credentials for the schema registry, `user:password`; they take precedence over those in its address.',
    true,
  ),
  bearerToken: option(
    'SCHEMA_REGISTRY_BEARER_AUTH_TOKEN',
    optional(headerToken),
    undefined,
    'Bearer token for the schema registry, instead of user and password.',
    true,
  ),
} as const;

export type RegistryConfig = Values<typeof registryOptions>;
