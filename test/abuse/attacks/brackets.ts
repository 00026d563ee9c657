import { postRepeatedly } from '../harness/post-repeatedly.ts';

/** 31 KB that decompress to 31 million opening brackets. */
export default postRepeatedly({ body: Buffer.alloc(31 * 1_048_576, '['), connections: 8 });
