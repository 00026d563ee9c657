import { sendTinyChunks } from '../harness/send-tiny-chunks.ts';

/** Bodies that are refused by their head, in chunks of one byte that the gateway discards. */
export default sendTinyChunks(' ', 'text/plain');
