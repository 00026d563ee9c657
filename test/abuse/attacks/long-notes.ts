import { postRepeatedly } from '../harness/post-repeatedly.ts';

const EVENT = {
  event: 'ml.run.metric',
  trial_id: 't',
  measurements: { a: 1 },
  metadata: { note: 'n'.repeat(240_000) },
};

/** 100 events of nearly the greatest size, all of which are accepted: 23 KB that become 24 MB of records. */
export default postRepeatedly({ body: JSON.stringify(Array(100).fill(EVENT)), connections: 8 });
