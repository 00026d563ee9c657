import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { watchFeed } from '../feed/feed.ts';

/** The comparison is read again this often while trials start and end. */
const EVERY_MS = 5_000;

/** A number that grows when trials of these runs have started or ended, at most every five seconds. */
export function useRounds(runs: readonly string[]): number {
  const round = useSignal(0);
  useEffect(() => {
    // The tables may lack the events of a round that is read at once: it is read once more.
    let due = 0;
    const timer = setInterval(() => {
      if (due === 0 || document.hidden) return;
      due -= 1;
      round.value += 1;
    }, EVERY_MS);
    const mark = (): void => {
      due = 2;
    };
    const stop = watchFeed({ runs, from: '', points: false }, { onData: mark, onGap: mark, onReset: mark });
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [runs.join('\n')]);
  return round.value;
}
