import type { MlEvent } from '../events/event.ts';
import type { Topic } from '../topics.ts';

/** The topic of an event: thousands of metric points must not delay the few events of a trial's lifecycle. */
export const route = (event: MlEvent): Topic =>
  event.event === 'ml.run.metric' ? 'ml.events.realtime' : 'ml.events.high';
