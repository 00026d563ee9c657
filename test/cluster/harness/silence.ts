import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;
const ASK_MS = 5_000;
/** Series of the gateway's process that tell a standstill of the process from one of Kafka. */
const SERIES =
  /^(?:nodejs_eventloop_lag_max_seconds|thunderline_producer_queued_bytes|thunderline_ingest_held_bytes)(?:\{[^}]*\})? .+$/gm;

/**
 * Says why a request had no answer in its time. The gateway itself answers 503 when Kafka does not acknowledge, so silence
 * means that its process, or this one, stood still: both of their event loops are measured.
 */
export class Silence {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #url: string;
  /** A line for each request without an answer that was looked into. */
  readonly causes: string[] = [];
  #isLooking = false;

  constructor(gatewayUrl: string) {
    this.#url = gatewayUrl;
    this.#delay.enable();
  }

  /** To be called with the cause of each request that ended without an answer. */
  async note(cause: string): Promise<void> {
    if (!cause.startsWith('no answer within') || this.#isLooking) return;
    this.#isLooking = true;
    const own = `the longest turn of this process took ${(this.#delay.max / 1e9).toFixed(1)} s`;
    this.#delay.reset();
    const gateway = await fetch(`${this.#url}/metrics`, { signal: AbortSignal.timeout(ASK_MS) })
      .then((response) => response.text())
      .then((text) => (text.match(SERIES) ?? []).join(', '))
      .catch((error: Error) => `no metrics: ${error.message}`);
    this.causes.push(`${new Date().toISOString()} ${cause}: ${own}; the gateway: ${gateway}`);
    this.#isLooking = false;
  }

  close(): void {
    this.#delay.disable();
  }
}
