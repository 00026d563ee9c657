import { integer, listOf, oneOf, option, optional, text, type Values } from '../../option.ts';
import { CALLED_OPERATIONS } from '../../store/tables/bridge-calls.ts';

/** How the bridge queues, leases and repeats trials. */
export const queueOptions = {
  enabled: option(
    'BRIDGE_ENABLED',
    oneOf(['true', 'false'] as const),
    'true',
    'Whether the role bridge runs trials: false makes it queue commands only, for bridges elsewhere.',
  ),
  maxCommandAgeMs: option(
    'BRIDGE_MAX_COMMAND_AGE_MS',
    integer(1_000),
    '86400000',
    'Age of a command beyond which its trials wait for an operator (npx thunderline queue release), in milliseconds.',
  ),
  leaseMs: option(
    'BRIDGE_LEASE_MS',
    integer(1_000, 3_600_000),
    '20000',
    'Time without a renewal after which the trials of a bridge are run by another one, in milliseconds. Workers are killed ' +
      'after three quarters of it; it is renewed four times as often.',
  ),
  studyPython: option(
    'BRIDGE_STUDY_PYTHON',
    optional(text),
    undefined,
    'The interpreter of the process that runs Optuna, which needs optuna and psycopg2; if absent, CEREBROS_PYTHON.',
  ),
  retries: option('BRIDGE_RETRIES', integer(0, 100), '2', 'Retries of a trial whose attempt failed.'),
  retryBackoffMs: option(
    'BRIDGE_RETRY_BACKOFF_MS',
    integer(0, 3_600_000),
    '750',
    'Pause before the first retry of a trial, in milliseconds; it doubles with each.',
  ),
  maxLosses: option(
    'BRIDGE_MAX_LOSSES',
    integer(1, 1_000),
    '5',
    'Bridges that may be lost while they run one trial; at that number the trial has failed.',
  ),
  timeoutMs: option(
    'BRIDGE_TIMEOUT_MS',
    integer(1, 604_800_000),
    '15000',
    'Time for one attempt of a trial whose command states none, in milliseconds.',
  ),
  operations: option(
    'BRIDGE_OPERATIONS',
    listOf(CALLED_OPERATIONS),
    '',
    'Operations that the bridge calls besides run_trial, separated by commas: start_run before the trials of a study, ' +
      'record_trial after the end of each trial, finalize_run after that of a study. The same for all bridges of a database.',
  ),
  hostFailures: option(
    'BRIDGE_HOST_FAILURES',
    integer(0, 1_000),
    '3',
    'Consecutive failures with a cause on the host (a missing module, no GPU, a full disk) at which a bridge stops ' +
      'claiming; 0 switches this off.',
  ),
  retentionDays: option(
    'BRIDGE_RETENTION_DAYS',
    integer(1, 36_500),
    '30',
    'Days for which the queue keeps ended trials and their attempts.',
  ),
} as const;

export type QueueConfig = Values<typeof queueOptions>;
