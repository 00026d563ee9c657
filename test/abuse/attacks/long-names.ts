import { postRepeatedly } from '../harness/post-repeatedly.ts';

const EVENT = { event: 'ml.run.metric', trial_id: 't', measurements: { ['n'.repeat(250_000)]: 1 } };

/** 120 events whose metric has a name of 250 KB. */
export default postRepeatedly({ body: JSON.stringify(Array(120).fill(EVENT)), connections: 8 });
