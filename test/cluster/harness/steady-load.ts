import type { PostAnswer } from '../../../src/fleet/poster.ts';
import type { FaultWorld } from '../../faults/harness/fault-world.ts';
import { type Load, startLoad } from '../../faults/harness/load.ts';
import { Refusals } from './refusals.ts';
import { Silence } from './silence.ts';

const MOST_EVENTS = 500_000;
const PER_SECOND = 150;
const ACCEPTED_MS = 180_000;

/** A fleet that posts until it is stopped, so that no fault is too long for it. */
export interface SteadyLoad extends Load {
  readonly refusals: Refusals;
  /** Why requests had no answer in their time. */
  readonly silence: Silence;
  /** Resolves when so many more events have been accepted. */
  more(events: number): Promise<void>;
  /** Ends the fleet; resolves when every request has its answer. */
  stop(): Promise<void>;
}

/** The loads of this file. A test that fails leaves its load behind, which would keep the run from its end. */
const running = new Set<AbortController>();

/** Ends every load. */
export function stopLoads(): void {
  for (const load of running) load.abort();
}

export function startSteadyLoad(world: FaultWorld): SteadyLoad {
  const refusals = new Refusals();
  const stopping = new AbortController();
  running.add(stopping);
  const { signal } = stopping;
  const silence = new Silence(world.gatewayUrl);
  const onAnswer = (answer: PostAnswer): void => {
    refusals.note(answer);
    if (answer.kind === 'unknown') void silence.note(answer.cause);
  };
  const load = startLoad(world, { events: MOST_EVENTS, perSecond: PER_SECOND, signal, onAnswer });
  return Object.defineProperties(
    {
      refusals,
      silence,
      more: (events: number) => load.accepted(load.tally.accepted + events, ACCEPTED_MS),
      async stop() {
        stopping.abort();
        await load.done;
        silence.close();
      },
    },
    Object.getOwnPropertyDescriptors(load),
  ) as SteadyLoad;
}
