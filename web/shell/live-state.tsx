import type { FeedState } from '../feed/connect-feed.ts';
import { feedState, lastFrameAt, tablesLackSince } from '../feed/feed.ts';
import { formatAgo, formatClock, formatDuration } from '../format/time.ts';
import { now } from './now.ts';

/** The state of the live feed in a few words; never in colour alone. */
export function LiveState() {
  const state = feedState.value;
  if (state.kind === 'idle') return null;
  const { kind, text } = describe(state, now.value, lastFrameAt.value, tablesLackSince.value);
  const reason = state.kind === 'waiting' ? state.reason : undefined;
  return (
    <span class="live" data-state={kind} role="status" title={reason}>
      <span class="dot" aria-hidden="true" />
      {text}
    </span>
  );
}

function describe(
  state: Exclude<FeedState, { readonly kind: 'idle' }>,
  time: number,
  lastAt: number,
  lackSince: number,
): { kind: string; text: string } {
  switch (state.kind) {
    case 'live':
      if (lackSince > 0) {
        const behind = formatDuration(Math.floor((time - lackSince) / 1000) * 1000);
        return { kind: 'behind', text: `the tables are ${behind} or more behind; new data is shown as it arrives` };
      }
      return { kind: 'live', text: lastAt === 0 ? 'live' : `live · ${formatAgo(time - lastAt)}` };
    case 'connecting':
      return { kind: 'waiting', text: 'connecting' };
    case 'signed-out':
      return { kind: 'stopped', text: 'signed out' };
    case 'waiting': {
      const seconds = Math.max(0, Math.ceil((state.retryAt - time) / 1000));
      const since = lastAt === 0 ? '' : ` · data as of ${formatClock(lastAt)}`;
      return { kind: 'waiting', text: `live updates paused, retrying in ${seconds} s${since}` };
    }
  }
}
