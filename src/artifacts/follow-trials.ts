import type { AnyRecord } from '../avro/any-record.ts';
import { artifactOfEvent } from '../events/artifact.ts';
import { eventOfRecord } from '../events/event-record.ts';
import type { Trace } from '../producers/event-producer.ts';
import type { Work } from '../runtime/stage.ts';
import { recordFault } from '../sinks/postgres/record-fault.ts';
import type { ArtifactCopies, ArtifactCopy } from '../store/tables/artifact-copies.ts';
import { artifactId } from '../store/tables/artifacts.ts';
import type { FindModels } from './find-models.ts';
import type { PublishArtifacts } from './publish-artifacts.ts';

export interface FollowTrialsParts {
  readonly findModels: FindModels;
  readonly publish: PublishArtifacts;
  readonly newTrace: () => Trace;
  /** Undefined if no artifact is copied to MLflow. */
  readonly copies: Pick<ArtifactCopies, 'add'> | undefined;
  /** The beginning of the address of every upload. */
  readonly uploads: string;
}

/**
 * The work of the consumer that reads the lifecycle of trials: it finds the models of completed trials, and records the
 * artifacts that are to be copied to MLflow. A process whose object store is unavailable stays in service; only this
 * consumer waits.
 */
export function followTrials({ findModels, publish, newTrace, copies, uploads }: FollowTrialsParts): Work {
  return {
    name: 'artifacts',
    batch: { maxRecords: 500, maxBytes: 4 * 1_048_576 },
    waiting: 'degraded',
    async handle(records) {
      const contents = records.map(({ content }) => content).filter((content) => recordFault(content) === undefined);
      const found = await findModels(contents.map(eventOfRecord).filter((event) => event !== undefined));
      if (found.length > 0) await publish(found, newTrace());
      await copies?.add(contents.map((content) => copyOf(content, uploads)).filter((copy) => copy !== undefined));
      return [];
    },
  };
}

/**
 * The copy to be made in MLflow of a record's artifact. An upload is copied for its own record, which contains its
 * name.
 */
function copyOf(content: AnyRecord, uploads: string): ArtifactCopy | undefined {
  if (content.name === 'ArtifactStored') return copyOfArtifact(content.record, content.record.name);
  const event = eventOfRecord(content);
  const uri = event && artifactOfEvent(event)?.uri;
  if (event?.trial_id == null || uri === undefined || !uri.startsWith('s3://') || uri.startsWith(uploads))
    return undefined;
  return copyOfArtifact({ model_run_id: event.model_run_id, trial_id: event.trial_id, uri }, null);
}

function copyOfArtifact(
  { model_run_id, trial_id, uri }: Omit<ArtifactCopy, 'artifact_id' | 'name'>,
  name: string | null,
): ArtifactCopy {
  return { artifact_id: artifactId({ model_run_id, trial_id, uri }), model_run_id, trial_id, uri, name };
}
