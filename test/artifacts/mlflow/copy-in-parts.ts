/** Copies one object in parts, for a test that kills this process in the middle: `node copy-in-parts.ts ENDPOINT FROM TO`. */
import { loadConfig } from '../../../src/config.ts';
import { openTestBucket } from '../bucket.ts';

const [endpoint = '', from = '', to = ''] = process.argv.slice(2);
const { s3 } = loadConfig(process.env);
const { copier } = await openTestBucket({
  databaseUrl: process.env.DATABASE_URL ?? '',
  s3,
  endpoint,
  abortAfterMs: 1_000,
  partBytes: 5 * 1_048_576,
});
const source = await copier.look({ bucket: s3.bucket, key: from });
if (source === undefined) throw new Error(`there is no object ${from}`);
await copier.copy(source, { bucket: s3.bucket, key: to }, 'mark');
