import type { ArtifactStored } from '../avro/records.ts';
import { artifactNameFault } from './artifact-name.ts';
import { EVENT_LIMITS, type Fault, Faults } from './fault.ts';
import { isUuid } from './ids.ts';
import { ATTEMPT_RANGE, isAttempt } from './numbers.ts';
import { isTime } from './timestamp.ts';
import { type Reader, readId, readName } from './values.ts';

const SHA_256 = /^[0-9a-f]{64}$/;
const MAX_URI_LENGTH = 4_096;
const MAX_FAULTS = 5;

/**
 * The faults of a record of the type ArtifactStored, which only another producer can have written; at most five.
 *
 * @param readTrialId the tables also hold ids that are no longer accepted.
 */
export function faultsOfStoredArtifact(record: ArtifactStored, readTrialId: Reader<string> = readId): readonly Fault[] {
  const faults = new Faults(MAX_FAULTS);
  const { event_id, timestamp, received_at, name, uri, size_bytes, sha256 } = record;
  if (!isUuid(event_id)) faults.add('invalid_value', 'event_id', 'must be a UUID (RFC 9562)');
  for (const [path, time] of Object.entries({ timestamp, received_at })) {
    if (!isTime(time)) faults.add('invalid_timestamp', path, 'must be in the years 1 to 9999');
  }
  for (const path of ['model_run_id', 'trial_id'] as const) readTrialId(record[path], path, faults, EVENT_LIMITS);
  for (const path of ['type', 'content_type', 'correlation_id'] as const) {
    const name = record[path];
    if (name !== null) readName(name, path, faults, EVENT_LIMITS);
  }
  if (!isAttempt(record.attempt)) {
    faults.add('invalid_value', 'attempt', `must be ${ATTEMPT_RANGE.join(' to ')}`);
  }
  const nameFault = name === null ? undefined : artifactNameFault(name);
  if (nameFault !== undefined) faults.add('invalid_value', 'name', nameFault);
  if (uri === '') faults.add('invalid_value', 'uri', 'must not be empty');
  if (uri.length > MAX_URI_LENGTH) faults.add('too_long', 'uri', `has more than ${MAX_URI_LENGTH} characters`);
  if (uri.includes('\0')) faults.add('control_character', 'uri', 'must not contain the character NUL');
  if (!uri.isWellFormed()) faults.add('invalid_unicode', 'uri', 'contains an unpaired surrogate');
  if (size_bytes < 0) faults.add('invalid_value', 'size_bytes', 'must be at least 0');
  if (sha256 !== null && !SHA_256.test(sha256)) {
    faults.add('invalid_value', 'sha256', 'must be 64 hexadecimal digits in lower case');
  }
  return faults.list;
}
