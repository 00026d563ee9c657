import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { followLive, type LiveFrame } from '../../src/live/follow-live.ts';
import { RUN } from './post-points.ts';

/** The points of a frame. */
export const pointsOf = (frame: LiveFrame): readonly { readonly trial: string; readonly step: number }[] =>
  frame.name !== 'data'
    ? []
    : (frame.data.points ?? []).flatMap(({ trial_id, points }) =>
        points.map(([step]) => ({ trial: trial_id ?? '', step })),
      );

export interface Following {
  stop(): Promise<void>;
}

/** A client of the feed, as pages and `thunderline tail` have it. */
export function followFeed(url: string, query: string, onFrame: (frame: LiveFrame) => void): Following {
  const stopping = new AbortController();
  const followed = followLive({
    url: `${url}/api/live?model_run_id=${RUN}&${query}`,
    signal: stopping.signal,
    onFrame,
  }).catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  return {
    async stop() {
      stopping.abort();
      await followed;
    },
  };
}

/** A client that counts what it is sent, at hardly any cost to the processor that it shares with the server. */
export class CountingClient {
  readonly #socket: Socket;
  frames = 0;
  bytes = 0;
  /** Frames that report a loss. */
  gaps = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      if (chunk.includes('event: data')) this.frames += 1;
      if (chunk.includes('event: gap') || chunk.includes('event: reset')) this.gaps += 1;
    });
  }

  static async open(url: string): Promise<CountingClient> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const client = new CountingClient(socket);
    await once(socket, 'connect');
    socket.write(`GET /api/live?model_run_id=${RUN} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
    const [head] = (await once(socket, 'data')) as [Buffer];
    if (!head.toString().startsWith('HTTP/1.1 200'))
      throw new Error(`the feed answers ${head.toString().slice(0, 300)}`);
    return client;
  }

  /** Stops reading; the connection stays open. */
  stall(): void {
    this.#socket.pause();
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && !this.#socket.readableEnded;
  }

  close(): void {
    this.#socket.destroy();
  }
}
