import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { RunDetail } from '../../src/queries/shapes.ts';
import { runApi } from '../api/paths.ts';
import { requestJson } from '../api/request.ts';
import { watchFeed } from '../feed/feed.ts';
import type { PointFigures } from './point-figures.ts';
import type { RunStore } from './run-store.ts';
import type { Trials } from './use-trials.ts';

/** Status and counts in the title are read again this often while trials start and end. */
const SUMMARY_EVERY_MS = 3_000;

export interface RunFeed {
  readonly run: string;
  /** The answer that the page stands on; the feed continues from it. */
  readonly detail: RunDetail | undefined;
  readonly store: RunStore;
  readonly figures: PointFigures;
  readonly trials: Trials;
  /** Reads that answer again. */
  readonly again: () => void;
}

/** Follows the feed of a run. Returns the summary of the run, which is read again while trials start and end. */
export function useRunFeed(of: RunFeed): ReadonlySignal<RunDetail['run'] | undefined> {
  const { run, detail, store, figures, trials, again } = of;
  const summary = useSignal<RunDetail['run'] | undefined>(undefined);
  useEffect(() => {
    if (detail === undefined) return;
    store.forget();
    figures.forget();
    store.metricNames.value = detail.run.metric_names;
    summary.value = detail.run;
    let isChanged = false;
    const timer = setInterval(() => {
      if (!isChanged || document.hidden) return;
      isChanged = false;
      requestJson<RunDetail>(runApi(run)).then(
        (read) => {
          summary.value = read.run;
        },
        () => {
          isChanged = true;
        },
      );
    }, SUMMARY_EVERY_MS);
    const stop = watchFeed(
      { runs: [run], from: detail.as_of ?? '' },
      {
        onData: (frame) => {
          store.apply(frame);
          const { events = [] } = frame;
          isChanged ||= events.length > 0;
          trials.place(events.flatMap(({ trial_id }) => trial_id ?? []));
        },
        onGap: ({ series, more }) => {
          if (more) store.forget();
          for (const { name, trial_id } of series) store.forget(name, trial_id ?? '');
        },
        onReset: () => {
          again();
          trials.loaded.again();
        },
      },
    );
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [detail]);
  return summary;
}
