import { createFeedHub, type FeedMessage, type PageMessage } from './feed-hub.ts';

/** The part of SharedWorkerGlobalScope used here; the types of a page do not include it. */
interface WorkerScope {
  onconnect: ((event: MessageEvent) => void) | null;
}

const hub = createFeedHub();
const followed = new Set<string>();

/** A page holds this lock as long as it lives; the worker receives it when the page is gone, however it ended. */
function follow(page: string): void {
  if (followed.has(page)) return;
  followed.add(page);
  void navigator.locks?.request(`thunderline-page-${page}`, () => {
    followed.delete(page);
    hub.leave(page);
  });
}

/** A shared worker: one connection to the feed for all tabs of the browser. */
(globalThis as unknown as WorkerScope).onconnect = ({ ports: [port] }) => {
  if (port === undefined) return;
  port.onmessage = ({ data }: MessageEvent<PageMessage>) => {
    if (data.kind === 'leave') return hub.leave(data.page);
    hub.watch(data.page, data.watch, (message: FeedMessage) => port.postMessage(message));
    follow(data.page);
  };
};
