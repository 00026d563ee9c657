import { sendTinyChunks } from '../harness/send-tiny-chunks.ts';

/** Blank lines of NDJSON, each in a chunk of its own. */
export default sendTinyChunks('\n', 'application/x-ndjson');
