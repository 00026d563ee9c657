import { type Alert, DAY_S, MINUTE_S } from './alert.ts';

/** A promise about the service, as the share of events or requests that may break it. */
export interface ServiceLevel {
  /** Names its recording rules: `thunderline:NAME:error_ratio_5m`. */
  readonly name: string;
  readonly title: string;
  readonly objective: number;
  /** The number of bad and of all events over a window such as `5m`, as rates. */
  readonly bad: (window: string) => string;
  readonly all: (window: string) => string;
  /** The name of its alerts, and what they report. */
  readonly alert: string;
  readonly summary: string;
  /** The series that this traffic makes. */
  readonly series: (traffic: Traffic) => Readonly<Record<string, string>>;
}

/** Counters of events in a test, in promtool's notation. */
interface Traffic {
  readonly bad: string;
  readonly good: string;
  readonly all: string;
}

const PER_STEP = 10_000;

/** `share` of all events are bad. */
function heavy(share: number, steps: number): Traffic {
  const counter = (part: number): string => `0+${Math.round(PER_STEP * part)}x${steps}`;
  return { bad: counter(share), good: counter(1 - share), all: counter(1) };
}

/** Ten events within five minutes, each of them bad. */
const FEW: Traffic = { bad: '0+2x5 10x85', good: '0x90', all: '0+2x5 10x85' };

export const SERVICE_LEVELS: readonly ServiceLevel[] = [
  {
    name: 'ingest_availability',
    title: 'Events accepted',
    objective: 0.999,
    bad: (window) => `sum(rate(thunderline_ingest_events_total{result="unavailable"}[${window}]))`,
    all: (window) => `sum(rate(thunderline_ingest_events_total{result=~"accepted|unavailable"}[${window}]))`,
    alert: 'IngestAvailabilityBurn',
    summary: 'Events are answered 503 because Kafka does not acknowledge them.',
    series: ({ good, bad }) => ({
      'thunderline_ingest_events_total{result="accepted"}': good,
      'thunderline_ingest_events_total{result="unavailable"}': bad,
    }),
  },
  {
    name: 'ingest_latency',
    title: 'Events acknowledged within 100 ms',
    objective: 0.95,
    bad: (window) =>
      `(sum(rate(thunderline_ingest_acknowledge_seconds_count[${window}])) - ` +
      `sum(rate(thunderline_ingest_acknowledge_seconds_bucket{le="0.1"}[${window}])))`,
    all: (window) => `sum(rate(thunderline_ingest_acknowledge_seconds_count[${window}]))`,
    alert: 'IngestLatencyBurn',
    summary: 'Too many requests wait longer than 100 ms for the acknowledgement of their events.',
    series: ({ good, all }) => ({
      'thunderline_ingest_acknowledge_seconds_bucket{le="0.1"}': good,
      thunderline_ingest_acknowledge_seconds_count: all,
    }),
  },
  {
    name: 'freshness',
    title: 'Events in their row within 5 s',
    objective: 0.99,
    bad: (window) => `sum(rate(thunderline_stage_late_events_total{stage="postgres"}[${window}]))`,
    all: (window) => `sum(rate(thunderline_stage_events_total{stage="postgres"}[${window}]))`,
    alert: 'FreshnessBurn',
    summary: 'Too many events reach their row in Postgres later than 5 s after their acceptance.',
    series: ({ bad, all }) => ({
      'thunderline_stage_late_events_total{stage="postgres"}': bad,
      'thunderline_stage_events_total{stage="postgres"}': all,
    }),
  },
  {
    name: 'dead_letters',
    title: 'Records processed without a dead letter',
    objective: 0.9999,
    bad: (window) => `sum(rate(thunderline_dead_letters_total[${window}]))`,
    all: (window) => `sum(rate(thunderline_stage_records_total[${window}]))`,
    alert: 'DeadLetterBurn',
    summary: 'Too many records are rejected and become dead letters.',
    series: ({ bad, all }) => ({
      'thunderline_dead_letters_total{stage="postgres",reason="undecodable"}': bad,
      'thunderline_stage_records_total{stage="postgres",result="stored"}': all,
    }),
  },
];

/** The windows that the alerts and dashboards read. */
export const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
type Window = (typeof WINDOWS)[number];

export const errorRatio = ({ name }: ServiceLevel, window: Window): string =>
  `thunderline:${name}:error_ratio_${window}`;

/** Without traffic the ratio is 0, not a division of zero by zero. */
export const recordedRatio = ({ bad: broken, all }: ServiceLevel, window: Window): string =>
  `${broken(window)} / clamp_min(${all(window)}, 1e-9)`;

interface Burn {
  readonly factor: number;
  readonly long: Window;
  readonly short: Window;
}

/**
 * The budget of 30 days lasts 30 days at factor 1. These are the pairs of the Google SRE workbook: at 14.4 it is gone in two
 * days, and an hour of it uses 2 %; the short window ends the alert soon after the cause has ended.
 */
const PAGE: readonly Burn[] = [
  { factor: 14.4, long: '1h', short: '5m' },
  { factor: 6, long: '6h', short: '30m' },
];
const TICKET: readonly Burn[] = [
  { factor: 3, long: '1d', short: '2h' },
  { factor: 1, long: '3d', short: '6h' },
];

/** Bad events in the long window for which someone is woken, at least: with little traffic, one alone is a large share. */
const LEAST_BAD = 20;
const SECONDS: Readonly<Record<string, number>> = { h: 60 * MINUTE_S, d: DAY_S };
const secondsOf = (window: Window): number => Number.parseInt(window, 10) * (SECONDS[window.slice(-1)] ?? MINUTE_S);

const burning = (level: ServiceLevel, burns: readonly Burn[], leastBad: number): string =>
  burns
    .map(({ factor, long, short }) => {
      const limit = Number((factor * (1 - level.objective)).toPrecision(6));
      const many = leastBad > 0 ? ` and ${level.bad(long)} * ${secondsOf(long)} >= ${leastBad}` : '';
      return `(${errorRatio(level, long)} > ${limit} and ${errorRatio(level, short)} > ${limit}${many})`;
    })
    .join(' or ');

/** The alert that wakes someone, and the one that waits for the morning. */
export const BURN_ALERTS: readonly Alert[] = SERVICE_LEVELS.flatMap((level): readonly Alert[] => {
  const budget = 1 - level.objective;
  return [
    {
      name: level.alert,
      severity: 'page',
      expr: burning(level, PAGE, LEAST_BAD),
      holds: '2m',
      summary: `${level.summary} At this rate the budget of a month is gone within days.`,
      test: {
        series: level.series(heavy(Math.min(0.9, budget * 20), 90)),
        quietAt: '1m',
        firesAt: '1h20m',
        silent: level.series(FEW),
      },
    },
    {
      name: `${level.alert}Slow`,
      severity: 'ticket',
      expr: burning(level, TICKET, 0),
      holds: '1h',
      summary: `${level.summary} At this rate the budget of a month does not last for it.`,
      test: {
        interval: '5m',
        series: level.series(heavy(budget * 4, 450)),
        quietAt: '10m',
        firesAt: '1d12h',
      },
    },
  ];
});
