import { integer, option, urlWithoutCredentials, type Values } from '../../option.ts';

/** How the mirror writes to MLflow. */
export const mirrorOptions = {
  lingerMs: option(
    'MLFLOW_LINGER_MS',
    integer(0, 60_000),
    '1000',
    'Least time between two writes of the metric points of a partition while few arrive, in milliseconds. A call to MLflow costs as much as sixty points, so points that wait a little cost its server less.',
  ),
  publicUrl: option(
    'PUBLIC_URL',
    urlWithoutCredentials('no credentials', 'http:', 'https:'),
    'http://localhost:4000',
    'Address at which people reach this Thunderline, for the links to it that MLflow shows.',
  ),
} as const;

export type MirrorConfig = Values<typeof mirrorOptions>;
