import type { Config } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { type ReplayOptions, type ReplayReport, replay } from '../../src/replay/replay.ts';

export type ReplaySettings = Partial<Omit<ReplayOptions, 'selection'>> &
  Partial<ReplayOptions['selection']> & { readonly signal?: AbortSignal };

/** Replays events and commands into the tables, from the topics or from an archive. */
export const runReplay = (
  config: Config,
  {
    archive,
    dryRun = false,
    verify = false,
    rate,
    restart = false,
    skipUnreadable = false,
    signal = new AbortController().signal,
    ...selection
  }: ReplaySettings,
): Promise<ReplayReport> =>
  replay(
    config,
    {
      archive,
      dryRun,
      verify,
      rate,
      restart,
      skipUnreadable,
      selection: {
        source: archive === undefined ? 'topics' : `s3://${archive.bucket}/${archive.prefix}`,
        topics: ['ml.events', 'ml.commands'],
        sinks: ['postgres'],
        since: undefined,
        until: undefined,
        run: undefined,
        ...selection,
      },
    },
    {
      log: createLog('silent'),
      signal,
      showProgress: () => ({ add: () => undefined, end: () => undefined }),
    },
  );
