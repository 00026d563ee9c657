import type { ArtifactStored } from '../avro/records.ts';
import type { Budget, Reservation } from '../http/budget.ts';
import type { IdSource } from '../http/id-source.ts';
import { ClientGone } from '../http/ingest/wire-body.ts';
import { CLOSE, Problem } from '../http/problem.ts';
import { awaitsContinue, type Call, jsonReply, type Reply } from '../http/route.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { OutageLog } from '../outage-log.ts';
import type { ArtifactQueries, UploadedArtifact } from '../store/queries/trial-artifacts.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { ARTIFACT_TYPE } from './artifact-type.ts';
import { type Content, findUnchanged } from './find-unchanged.ts';
import { uriOf } from './object-address.ts';
import { PART_BYTES } from './part-buffer.ts';
import { type ReceiveParts, receiveUpload } from './receive-upload.ts';
import type { RegisterUpload } from './register-upload.ts';
import { UploadBody } from './upload-body.ts';
import { problemOfStore, resultOfFailure } from './upload-failure.ts';
import { readUploadHead, type UploadHead } from './upload-head.ts';
import { uploadKey } from './upload-key.ts';

const UNKNOWN_TYPE = 'application/octet-stream';

type Buffered = Pick<ReceiveParts, 'lease' | 'bufferBytes'>;

export interface PutArtifactParts {
  readonly limits: {
    readonly maxBytes: number;
    /** See `UploadBodyLimits`. */
    readonly stallMs: number;
    readonly uploadTimeoutMs: number;
  };
  readonly bucket: string;
  readonly prefix: string;
  readonly store: ArtifactStore;
  readonly budget: Budget;
  readonly ids: IdSource;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly register: RegisterUpload;
  /**
   * Registers the work of an upload, which a stop of the process waits for: an interrupted upload removes the parts it
   * has stored.
   */
  readonly track: <T>(upload: Promise<T>) => Promise<T>;
  readonly queries: Pick<ArtifactQueries, 'upload'>;
}

/**
 * `PUT /api/runs/{run}/trials/{trial}/artifacts/{name}`: stores the body as an artifact of the trial. Answers 201 when the
 * object is whole in the bucket and its record is certain to reach the log, 200 when the same content was there already.
 */
export function createPutArtifact(parts: PutArtifactParts): (call: Call) => Promise<Reply | undefined> {
  const { limits, bucket, prefix, store, budget, ids, metrics, log, register, track, queries } = parts;
  const outages = new OutageLog(log);

  const unchanged = async (head: UploadHead, content: Content): Promise<UploadedArtifact | undefined> =>
    findUnchanged(await queries.upload(head, head.name), content, store);

  /** Reads a body whose content is stored already, to check that it is the announced one. */
  async function confirm(
    { request }: Call,
    head: UploadHead,
    body: UploadBody,
    held: UploadedArtifact,
  ): Promise<Reply> {
    const reply = replyOf(head, held, 200);
    // The client has not sent its body and may omit it, so the start of its next request would be ambiguous.
    if (awaitsContinue(request)) return { ...reply, headers: { connection: 'close' } };
    while ((await body.read()) !== undefined);
    requireDigest(head.digest, body.sha256());
    return reply;
  }

  async function receive({ request }: Call, head: UploadHead, body: UploadBody, buffer: Buffered): Promise<Reply> {
    const version = ids.eventId(Date.now());
    const object = { bucket, key: uploadKey(prefix, head, version, head.name) };
    const contentType = head.contentType ?? UNKNOWN_TYPE;
    const received = await receiveUpload(body, { store, object, contentType, ...buffer });
    try {
      const content = { sizeBytes: body.sizeBytes, sha256: body.sha256() };
      requireDigest(head.digest, content.sha256);
      const same = await unchanged(head, content);
      if (same !== undefined) {
        await received.discard();
        return replyOf(head, same, 200);
      }
      const record = recordOf(head, content, version, uriOf(object));
      const traceparent = ids.traceparent(request.headers.traceparent as string | undefined);
      await register(record, received.complete, { traceparent });
      return replyOf(head, { ...record, stored_at: new Date(record.timestamp) }, 201);
    } catch (error) {
      await received.discard().catch(() => undefined);
      throw error;
    }
  }

  async function upload(call: Call, head: UploadHead, lease: Reservation): Promise<Reply> {
    const { request, response, access } = call;
    const { digest, announcedBytes: sizeBytes } = head;
    const bufferBytes = Math.max(1, Math.min(sizeBytes ?? PART_BYTES, PART_BYTES));
    lease.take(bufferBytes);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(tookTooLong(limits.uploadTimeoutMs)), limits.uploadTimeoutMs);
    const body = new UploadBody(request, limits, access, late.signal);
    try {
      const isAnnounced = digest !== undefined && sizeBytes !== undefined;
      const held = isAnnounced ? await unchanged(head, { sizeBytes, sha256: digest }) : undefined;
      if (held !== undefined) return await confirm(call, head, body, held);
      if (awaitsContinue(request)) response.writeContinue();
      return await receive(call, head, body, { lease, bufferBytes });
    } finally {
      clearTimeout(timer);
      body.close();
      metrics.artifactUploadBytes.inc(body.sizeBytes);
    }
  }

  return async function putArtifact(call) {
    const lease = budget.lease(call.access.client);
    try {
      call.access.requireCredit();
      const head = readUploadHead(call, limits.maxBytes);
      call.access.spend(1, 0);
      const reply = await track(upload(call, head, lease));
      metrics.artifactUploads.inc({ result: reply.status === 201 ? 'stored' : 'unchanged' });
      outages.recovered('upload', {}, 'uploads succeed again');
      return reply;
    } catch (error) {
      const result = resultOfFailure(error);
      metrics.artifactUploads.inc({ result });
      if (result === 'failed')
        outages.failed('upload', { cause: error }, 'an upload failed; the client may send it again');
      // A client that has left reads no answer.
      if (error instanceof ClientGone) return undefined;
      throw problemOfStore(error);
    } finally {
      lease.release();
    }
  };
}

function recordOf(head: UploadHead, content: Content, version: string, uri: string): ArtifactStored {
  const now = Date.now();
  return {
    event_id: version,
    timestamp: now,
    received_at: now,
    model_run_id: head.run,
    trial_id: head.trial,
    attempt: head.attempt,
    type: ARTIFACT_TYPE,
    name: head.name,
    uri,
    size_bytes: content.sizeBytes,
    sha256: content.sha256,
    content_type: head.contentType,
    correlation_id: null,
  };
}

function replyOf({ run, trial, name }: UploadHead, stored: Omit<UploadedArtifact, 'name'>, status: 200 | 201): Reply {
  const { type, uri, size_bytes, sha256, content_type, stored_at } = stored;
  const about = { type, uri, size_bytes, sha256, content_type, stored_at };
  return jsonReply({ model_run_id: run, trial_id: trial, name, ...about }, status);
}

function requireDigest(stated: string | undefined, sha256: string): void {
  if (stated === undefined || stated === sha256) return;
  throw new Problem('checksum_mismatch', `the SHA-256 of the body is ${sha256}, and the request states ${stated}`);
}

const tookTooLong = (ms: number): Problem =>
  new Problem('request_timeout', `the upload did not end within ${ms} ms (ARTIFACT_UPLOAD_TIMEOUT_MS)`, CLOSE);
