import { ATTEMPT_RANGE } from '../events/numbers.ts';
import { Problem } from '../http/problem.ts';
import type { Call, Reply } from '../http/route.ts';
import { answer } from './answer.ts';
import type { AskDatabase } from './database.ts';
import type { QueryParts } from './query-parts.ts';
import { idOf, malformed, QueryReader } from './query-reader.ts';
import { type ReadSeries, readSeries } from './read-series.ts';
import { readSteps } from './read-steps.ts';
import type { SeriesList } from './shapes.ts';

export const DEFAULT_BUCKETS = 500;
export const MOST_BUCKETS = 2_000;
export const MOST_NAMES = 50;
export const MOST_TRIALS_OF_SERIES = 500;
/** Buckets of one answer: at 40 bytes each some 20 MB. */
const MOST_ENTRIES = 500_000;

/** Trials of older tiers whose files are read for one answer. */
export const MOST_EXACT_TRIALS = 50;

const NAMES = ['name', 'from', 'to', 'buckets', 'attempt', 'resolution'] as const;

/** `GET /api/runs/{run}/metrics`: series of several trials, or of the run itself. */
export const showRunSeries = (parts: QueryParts) => (call: Call) => {
  const query = new QueryReader(call.request, ['trial', ...NAMES]);
  const trials = query.many('trial');
  if (trials.length > MOST_TRIALS_OF_SERIES) {
    throw malformed(`the parameter trial may be given at most ${MOST_TRIALS_OF_SERIES} times; send several requests`);
  }
  return series(parts, call, query, trials.length === 0 ? [null] : trials);
};

/** `GET /api/runs/{run}/trials/{trial}/metrics`: series of one trial. */
export const showTrialSeries = (parts: QueryParts) => (call: Call) => {
  const query = new QueryReader(call.request, NAMES);
  return series(parts, call, query, [idOf(call.parameters, 'trial', 'trial_id')]);
};

async function series(
  { database, asOf, store }: QueryParts,
  call: Call,
  query: QueryReader,
  trials: readonly (string | null)[],
): Promise<Reply> {
  const run = idOf(call.parameters, 'run', 'model_run_id');
  const names = query.many('name');
  if (names.length === 0) throw malformed('the parameter name is required: the name of a metric, up to 50 times');
  if (names.length > MOST_NAMES)
    throw malformed(`the parameter name may be given at most ${MOST_NAMES} times; send several requests`);
  const buckets = query.integer('buckets', { least: 1, most: MOST_BUCKETS }) ?? DEFAULT_BUCKETS;
  const most = MOST_ENTRIES / (new Set(trials).size * new Set(names).size);
  if (buckets > most) {
    const advice =
      most < 1 ? 'ask for fewer trials or names' : `ask for fewer of them, or for buckets=${Math.floor(most)}`;
    throw malformed(
      `${trials.length} trials with ${names.length} names and ${buckets} buckets are too many; ${advice}`,
    );
  }
  const read: ReadSeries = {
    run,
    trials: [...new Set(trials)],
    names: [...new Set(names)],
    ...readSteps(query),
    buckets,
    attempt: query.integer('attempt', { least: ATTEMPT_RANGE[0], most: ATTEMPT_RANGE[1] }),
  };
  const isExact = query.choice('resolution', ['default', 'exact']) === 'exact';
  const position = await asOf();
  const found = await database.serve(call.response, (ask) => readSeries(ask, read, isExact));
  if (found.inFiles.length > MOST_EXACT_TRIALS) {
    throw malformed(`with resolution=exact at most ${MOST_EXACT_TRIALS} rolled-up trials are read; ask for fewer`);
  }
  const series = await found.finish(store);
  if (series.every(({ total }) => total === 0)) {
    await database.serve(call.response, (ask) => requireKnown(ask, read));
  }
  return answer(call, { model_run_id: run, series } satisfies Omit<SeriesList, 'as_of'>, position);
}

const KNOWN = `
  select exists (select from model_runs where model_run_id = $1) as run,
    exists (select from cerebros_model_trials where model_run_id = $1 and trial_id = $2) as trial`;

/** Throws the `Problem` not_found where no event has named the run or the one trial. */
async function requireKnown(ask: AskDatabase, read: ReadSeries): Promise<void> {
  const [known] = await ask<{ run: boolean; trial: boolean }>(KNOWN, [read.run, read.trials[0] ?? null]);
  if (!known?.run) throw new Problem('not_found', 'no event has named this run');
  const isOneTrial = read.trials.length === 1 && read.trials[0] !== null;
  if (isOneTrial && !known.trial) throw new Problem('not_found', 'no event has named this trial');
}
