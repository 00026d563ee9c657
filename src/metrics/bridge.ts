import { WORK_SECONDS } from './buckets.ts';
import type { MetricTable } from './metric.ts';

const OPERATIONS = ['start_run', 'run_trial', 'record_trial', 'finalize_run'] as const;
const OUTCOMES = [
  'reported',
  'timeout',
  'hang',
  'crash',
  'memory',
  'output_too_large',
  'no_result',
  'invalid_result',
  'invalid_payload',
  'exception',
  'cancelled',
  'lost',
  'stopped',
  'configuration',
] as const;
const STUDY_OPERATIONS = ['ask', 'tell', 'report'] as const;

/** The queue of the bridge, its Python workers and its studies. */
export const BRIDGE_METRICS = {
  bridgeCommands: {
    kind: 'counter',
    name: 'bridge_commands_total',
    labels: ['operation', 'result'],
    values: { operation: ['start_run', 'run_trial', 'cancel'], result: ['queued', 'held', 'ended', 'repeated'] },
    help:
      'Commands read by the bridge, by operation (start_run, run_trial, cancel) and result: queued; held (too old to run without ' +
      'an operator); ended (its trial has ended before); repeated (its run was started, or its trial commanded, before).',
  },
  bridgeTrials: {
    kind: 'counter',
    name: 'bridge_trials_total',
    labels: ['outcome'],
    values: { outcome: ['completed', 'failed', 'skipped', 'cancelled', 'retried', 'released'] },
    help:
      'Attempts that this bridge concluded, by outcome: completed, failed, skipped, cancelled; retried (failed, and runs ' +
      'again); released (given back because the bridge stops, the study does not answer, or the bridge itself has a fault).',
  },
  bridgeLeases: {
    kind: 'gauge',
    name: 'bridge_leases',
    labels: ['state'],
    help: 'Trials that this bridge holds, by state: running; stopping (a request or a lost lease ends them).',
  },
  bridgeLost: {
    kind: 'counter',
    name: 'bridge_lost_total',
    labels: ['result'],
    values: { result: ['queued', 'failed'] },
    help: 'Trials of lost bridges that this bridge found, by result: queued again; failed (lost too often).',
  },
  bridgeFenced: {
    kind: 'counter',
    name: 'bridge_fenced_total',
    labels: [],
    help: 'Results that this bridge threw away because its lease on the trial had ended.',
  },
  bridgeQueueSeconds: {
    kind: 'histogram',
    name: 'bridge_queue_seconds',
    labels: [],
    help: 'Time from the request of a trial until this bridge claimed it for its first attempt.',
    buckets: WORK_SECONDS,
  },
  bridgeQueued: {
    kind: 'gauge',
    name: 'bridge_queue_trials',
    labels: ['state'],
    help: 'Trials in the queue, over all bridges, by state: queued, leased, held.',
    shared: true,
  },
  bridgePaused: {
    kind: 'gauge',
    name: 'bridge_paused',
    labels: [],
    help: '1 while this bridge claims nothing because attempts failed by a cause on its host: see its log.',
  },
  bridgeInvocations: {
    kind: 'counter',
    name: 'bridge_invocations_total',
    labels: ['op', 'outcome'],
    values: { op: OPERATIONS, outcome: OUTCOMES },
    help:
      'Attempts of Python workers, by operation and outcome: reported, or the reason of the failure (timeout, hang, crash, ' +
      'memory, output_too_large, no_result, invalid_result, invalid_payload, exception, cancelled, lost, stopped, configuration).',
  },
  bridgeInvokeSeconds: {
    kind: 'histogram',
    name: 'bridge_invoke_seconds',
    labels: ['op'],
    values: { op: OPERATIONS },
    help: 'Time of one attempt, from its slot until no process of it is left (one-shot) or its result is read (warm).',
    buckets: WORK_SECONDS,
  },
  bridgeStudyCalls: {
    kind: 'counter',
    name: 'bridge_study_calls_total',
    labels: ['op', 'outcome'],
    values: { op: STUDY_OPERATIONS, outcome: ['ok', 'refused', 'unavailable'] },
    help: 'Calls of Optuna studies, by operation (ask, tell, report) and outcome: ok, refused, unavailable.',
  },
  bridgeStudySeconds: {
    kind: 'histogram',
    name: 'bridge_study_seconds',
    labels: ['op'],
    values: { op: STUDY_OPERATIONS },
    help: 'Time of a call of a study, its wait for earlier calls included.',
  },
  bridgeStudyStarts: {
    kind: 'counter',
    name: 'bridge_study_starts_total',
    labels: [],
    help: 'Starts of the process that runs Optuna.',
  },
  bridgeCache: {
    kind: 'counter',
    name: 'bridge_cache_total',
    labels: ['result'],
    values: { result: ['hit', 'miss'] },
    help: 'Lookups of results of start_run and finalize_run, by result: hit, miss.',
  },
  bridgeStrays: {
    kind: 'counter',
    name: 'bridge_strays_killed_total',
    labels: [],
    help: 'Processes that workers or earlier bridges had left running, and that were killed.',
  },
  bridgeWorkersLimit: {
    kind: 'gauge',
    name: 'bridge_workers_limit',
    labels: [],
    help: 'Operations that this process can run at the same time.',
  },
  bridgeWorkers: {
    kind: 'gauge',
    name: 'bridge_workers_busy',
    labels: [],
    help: 'Workers of this process that run an operation.',
  },
  bridgeWarmRestarts: {
    kind: 'counter',
    name: 'bridge_warm_restarts_total',
    labels: ['reason'],
    values: { reason: ['commands', 'memory', 'ended'] },
    help:
      'Warm workers that were replaced, by reason: commands (BRIDGE_WARM_COMMANDS), memory (BRIDGE_WARM_BYTES), ended (their ' +
      'process ended, or was killed for a failure).',
  },
} as const satisfies MetricTable;
