import { once } from 'node:events';
import { Agent, request } from 'node:http';

/** Observations of a client that posted one event at a time, at a fixed rate. */
export interface Observations {
  readonly latenciesMs: readonly number[];
  /** The answers other than 202, and the errors. */
  readonly failures: readonly string[];
}

export interface HonestClient {
  /** The observations since the last call. */
  observed(): Observations;
  /** Resolves when every request has its answer. */
  stop(): Promise<void>;
}

const EVENT = JSON.stringify({ event: 'ml.run.metric', trial_id: 'honest', step: 1, measurements: { loss: 0.5 } });
const HEADERS = { host: 'localhost', 'content-type': 'application/json', 'content-length': EVENT.length };
/** The attacks come from 127.0.0.1; every share is counted by address. */
const LOCAL_ADDRESS = '127.0.0.2';
const TIMEOUT_MS = 10_000;

/** Posts `perSecond` events a second on kept connections, whether or not the earlier ones have been answered. */
export function startHonestClient(url: string, perSecond: number): HonestClient {
  const agent = new Agent({ keepAlive: true, localAddress: LOCAL_ADDRESS });
  const waiting = new Set<Promise<void>>();
  let latenciesMs: number[] = [];
  let failures: string[] = [];

  async function post(): Promise<void> {
    const startedAt = performance.now();
    try {
      const sent = request(`${url}/api/events/ml`, { agent, method: 'POST', headers: HEADERS, timeout: TIMEOUT_MS });
      sent.on('timeout', () => sent.destroy(new Error('timed out')));
      sent.end(EVENT);
      const [answer] = await once(sent, 'response');
      let text = '';
      for await (const chunk of answer) text += chunk;
      if (answer.statusCode === 202) latenciesMs.push(performance.now() - startedAt);
      else failures.push(`${answer.statusCode} ${text.slice(0, 300)}`);
    } catch (error) {
      failures.push((error as Error).message);
    }
  }

  const timer = setInterval(() => {
    const posted = post().finally(() => waiting.delete(posted));
    waiting.add(posted);
  }, 1_000 / perSecond);

  return {
    observed() {
      const observations = { latenciesMs, failures };
      latenciesMs = [];
      failures = [];
      return observations;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(waiting);
      agent.destroy();
    },
  };
}
