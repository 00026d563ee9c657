const METRICS = 2;
const STEPS = 100;

/** Numbers from 0 to 1 that look random and are the same in each run. */
const spread = (index: number): number => (index * 0.618_033_988_749_895) % 1;

function metricEvent(index: number, trials: number): object {
  const [loss, accuracy] = [spread(index * METRICS), spread(index * METRICS + 1)];
  return {
    event: 'ml.run.metric',
    trial_id: `trial-${Math.floor(spread(index) * trials)}`,
    metadata: { epoch: index % STEPS },
    measurements: { train_loss: Number(loss.toFixed(6)), val_accuracy: Number(accuracy.toFixed(6)) },
  };
}

/** Returns `count` different bodies of metric events with two measurements each: one event, or an array of `events`. */
export function metricBodies(count: number, events: number, trials: number): readonly string[] {
  return Array.from({ length: count }, (_, body) => {
    const list = Array.from({ length: events }, (__, event) => metricEvent(body * events + event, trials));
    return JSON.stringify(events === 1 ? list[0] : list);
  });
}
