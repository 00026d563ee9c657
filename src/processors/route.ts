import type { MlEvent } from '../events/event.ts';
import type { Topic } from '../topics.ts';

/** Metric points, of which there are thousands, must not delay the few events that say what has become of a trial. */
export const route = (event: MlEvent): Topic =>
  event.event === 'ml.run.metric' ? 'ml.events.realtime' : 'ml.events.high';
