import { postRepeatedly } from '../harness/post-repeatedly.ts';

/** 31 KB that decompress to 31 MiB of white space, without a value. */
export default postRepeatedly({ body: Buffer.alloc(31 * 1_048_576, ' '), connections: 8 });
