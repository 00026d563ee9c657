import { sendTinyChunks } from '../harness/send-tiny-chunks.ts';

/** White space in chunks of one byte, for each of which Node calls JavaScript. */
export default sendTinyChunks(' ', 'application/json');
