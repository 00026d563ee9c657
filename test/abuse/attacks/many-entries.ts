import { postRepeatedly } from '../harness/post-repeatedly.ts';

/** 9,000 integers that a double cannot hold: the longest work that one event can cause. */
const integers = Array.from({ length: 9_000 }, (_, at) => `"k${at}":1234567890123456789`).join();
const EVENT = `{"event":"ml.run.metric","trial_id":"t","measurements":{"a":1},"note":{${integers}}}`;

/** Events that need the exact parser, with nearly as many entries as they may have. */
export default postRepeatedly({ body: `[${Array(20).fill(EVENT)}]`, connections: 8 });
