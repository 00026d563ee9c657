import { option, optional, url, userInfo } from '../option.ts';

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
} as const;
