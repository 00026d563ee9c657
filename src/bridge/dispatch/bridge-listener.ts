import type pg from 'pg';
import type { Log } from '../../log.ts';
import { connectClient } from '../../store/connect-client.ts';
import { BRIDGE_CHANNEL } from '../../store/tables/bridge-commands.ts';

/** Calls for work: by notifications of Postgres, and by a clock, because a notification is a hint that can be lost. */
export interface BridgeListener {
  stop(): Promise<void>;
}

export const POLL_MS = 1_000;

/**
 * @param wake called for each notification, and each {@link POLL_MS}.
 */
export function startBridgeListener(databaseUrl: string, wake: () => void, log: Log): BridgeListener {
  let client: pg.Client | undefined;
  let isStopped = false;
  let connecting: Promise<void> | undefined;

  async function listen(): Promise<void> {
    // A connection of its own: a pool would hand out, and replace, one that listens.
    const connected = await connectClient(databaseUrl, 'bridge');
    try {
      connected.on('notification', wake);
      connected.on('end', () => {
        if (client === connected) client = undefined;
      });
      await connected.query(`listen ${BRIDGE_CHANNEL}`);
      client = connected;
    } catch (error) {
      await connected.end();
      throw error;
    }
  }

  function tick(): void {
    if (client === undefined && connecting === undefined && !isStopped) {
      connecting = listen()
        .catch((cause: unknown) => log.debug({ cause }, 'the bridge polls: it cannot listen for notifications'))
        .finally(() => {
          connecting = undefined;
        });
    }
    wake();
  }
  tick();
  const timer = setInterval(tick, POLL_MS);

  return {
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await connecting;
      const connected = client;
      client = undefined;
      await connected?.end();
    },
  };
}
