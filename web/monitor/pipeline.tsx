import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { PipelineState } from '../../src/kafka/admin/pipeline-state.ts';
import { errorText } from '../api/error-text.ts';
import { ApiError, requestJson } from '../api/request.ts';
import { counted, plural } from '../format/counted.ts';
import { formatInteger, formatNumber } from '../format/number.ts';
import { formatClock, formatDuration } from '../format/time.ts';
import { now } from '../shell/now.ts';
import { ConsumerTable, totalLag } from './consumer-table.tsx';

/** The probes of `/health/ready` that do not pass, by name; undefined until the first answer. */
const failing = signal<readonly string[] | undefined>(undefined);
const state = signal<PipelineState | undefined>(undefined);
/** Why the state cannot be read; empty if it can, or if this session may not. */
const failure = signal('');
const CHECK_EVERY_MS = 5_000;
/** A page does not wait longer for the state of the pipeline. */
const KNOWN_WITHIN_MS = 600;
const SECONDS_OF_RATE = 60;

async function checkHealth(): Promise<void> {
  try {
    const response = await fetch('/health/ready', { headers: { accept: 'application/json' } });
    const { checks = {} } = (await response.json()) as { checks?: Record<string, string | null> };
    failing.value = Object.entries(checks).flatMap(([name, cause]) => (cause === null ? [] : [`${name}: ${cause}`]));
  } catch {
    failing.value = ['the server does not answer'];
  }
}

async function checkState(): Promise<void> {
  try {
    state.value = await requestJson<PipelineState>('/api/pipeline');
    failure.value = '';
  } catch (error) {
    // A key that is bound to runs does not see the pipeline of all of them.
    failure.value = error instanceof ApiError && error.status === 403 ? '' : errorText(error);
  }
}

async function check(): Promise<void> {
  if (!document.hidden) await Promise.all([checkHealth(), checkState()]);
}

/** The first check since the monitor was opened; undefined before it. */
let known: Promise<void> | undefined;

/** Resolves when the pipeline has been checked once, so that the page opens with its state; or soon, if there is no answer. */
export function pipelineIsKnown(): Promise<void> {
  known ??= Promise.race([check(), new Promise<void>((resolve) => setTimeout(resolve, KNOWN_WITHIN_MS))]);
  return known;
}

/** Checks the pipeline at once and every few seconds, until the returned function is called. */
export function watchPipeline(): () => void {
  void pipelineIsKnown();
  const timer = setInterval(() => void check(), CHECK_EVERY_MS);
  return () => {
    clearInterval(timer);
    known = undefined;
  };
}

export interface PipelineProps {
  /** When the newest event that this page has seen arrived, in epoch milliseconds; 0 for none. */
  readonly newestAt: number;
  /** Whether a trial runs, so that silence means something. */
  readonly expectsEvents: boolean;
}

const STALE_AFTER_MS = 60_000;

/** The state of the pipeline itself, beside the data it carries. */
export function Pipeline({ newestAt, expectsEvents }: PipelineProps) {
  const problems = failing.value;
  const openedAt = useRef(Date.now());
  const since = newestAt === 0 ? openedAt.current : newestAt;
  const silentMs = now.value - since;
  return (
    <section aria-label="Pipeline">
      <div class="strip">
        <span>
          Pipeline <b>{problems === undefined ? '…' : problems.length === 0 ? 'ready' : 'not ready'}</b>
        </span>
        {state.value !== undefined && <Figures state={state.value} />}
        {failure.value !== '' && <span>Rate and lag cannot be read: {failure.value}</span>}
        {expectsEvents && silentMs > STALE_AFTER_MS && (
          <span class="stale">
            stale since {formatClock(since)}: no event for {formatDuration(Math.floor(silentMs / 1000) * 1000)}
          </span>
        )}
        {problems?.map((problem) => (
          <span key={problem} class="stale">
            {problem}
          </span>
        ))}
      </div>
      {state.value !== undefined && <ConsumerTable consumers={state.value.consumers} />}
    </section>
  );
}

function Figures({ state: { events_last_minute, consumers, dead_letters_last_hour, dead_letters } }: FiguresProps) {
  const names = [...new Set(consumers.filter(({ is_running }) => is_running).map(({ consumer }) => consumer))];
  return (
    <>
      <span title={`${counted(events_last_minute, 'event')} entered the log in the last minute`}>
        <b>{formatNumber(Math.round((events_last_minute / SECONDS_OF_RATE) * 10) / 10)}</b> events/s
      </span>
      {names.map((name) => (
        <span key={name} title={`records that the role ${name} has not committed`}>
          {name} <b>{formatInteger(totalLag(consumers, name))}</b> behind
        </span>
      ))}
      <span
        class={dead_letters_last_hour > 0 ? 'stale' : ''}
        title={`${formatInteger(dead_letters)} in all; npx thunderline deadletters list shows them`}
      >
        <b>{formatInteger(dead_letters_last_hour)}</b> {plural(dead_letters_last_hour, 'dead letter')} in the last hour
      </span>
    </>
  );
}

interface FiguresProps {
  readonly state: PipelineState;
}
