import { postRepeatedly } from '../harness/post-repeatedly.ts';

/** 9,000 integers that a double cannot hold. */
const integers = Array.from({ length: 9_000 }, (_, at) => `"k${at}":1234567890123456789`).join();
const EVENT = `{"event":"ml.run.metric","trial_id":"t","measurements":{"a":1},"note":{${integers}}}`;

/** The longest events as NDJSON, of which every slice is published by itself. */
export default postRepeatedly({ body: Array(20).fill(EVENT).join('\n'), connections: 8, type: 'application/x-ndjson' });
