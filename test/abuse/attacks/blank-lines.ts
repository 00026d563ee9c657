import { postRepeatedly } from '../harness/post-repeatedly.ts';

/** 31 KB that decompress to 31 million blank lines. */
export default postRepeatedly({
  body: Buffer.alloc(31 * 1_048_576, '\n'),
  connections: 8,
  type: 'application/x-ndjson',
});
