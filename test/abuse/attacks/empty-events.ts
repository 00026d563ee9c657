import { postRepeatedly } from '../harness/post-repeatedly.ts';

/** 71 bytes that decompress to 10,000 events without a field. */
export default postRepeatedly({ body: JSON.stringify(Array(10_000).fill({})), connections: 64 });
