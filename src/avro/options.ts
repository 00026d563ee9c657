import { option, url, type Values } from '../option.ts';

/** How the schema registry is reached. */
export const registryOptions = {
  url: option(
    'SCHEMA_REGISTRY_URL',
    url('http:', 'https:'),
    'http://127.0.0.1:8081',
    'Confluent-compatible schema registry.',
  ),
} as const;

export type RegistryConfig = Values<typeof registryOptions>;
