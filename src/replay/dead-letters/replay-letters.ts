import type { Connections } from '../../connections.ts';
import type { KafkaConfig } from '../../kafka/options.ts';
import type { RecordSender } from '../../record.ts';
import { topicName } from '../../topics.ts';
import { type LetterFilter, matches } from './letter-filter.ts';
import { LetterIndex } from './letter-index.ts';
import { readDeadLetters } from './read-dead-letters.ts';
import { recordsOfLetter } from './records-of-letter.ts';
import { obstacle, type StoredLetter, settlement } from './stored-letter.ts';

export interface LetterReplayOptions {
  readonly filter: LetterFilter;
  /** Maximum number of dead letters to replay. */
  readonly limit: number;
  /** Maximum number of replays of one record, over all its failures. */
  readonly maxReplays: number;
  /** Includes letters whose record was replayed already. */
  readonly again: boolean;
  readonly dryRun: boolean;
}

export interface LetterReplayReport {
  readonly replayed: readonly string[];
  /** Letters that match and were not replayed, each with the reason. */
  readonly left: ReadonlyMap<string, string>;
}

/**
 * Sends dead letters back to the topics they were read from, each record once however many consumers rejected it. A record
 * that is rejected again becomes a new dead letter with one more replay counted, up to `maxReplays`, so there is no loop. A
 * crash between sending and settling replays a record twice at worst, and readers recognise it by its event id.
 */
export async function replayLetters(
  connections: Connections,
  options: LetterReplayOptions,
): Promise<LetterReplayReport> {
  const { topicPrefix, maxBatchBytes } = connections.config.kafka;
  const unreadable = (stored: StoredLetter): Promise<string | undefined> =>
    recordsOfLetter(stored, maxBatchBytes).then(
      () => undefined,
      (error: Error) => error.message,
    );
  // A settlement may be read before its letter or after it, so the open letters are known only at the end. They are then read again.
  const index = new LetterIndex();
  /** The topics of the letters that can be replayed, by the id of the letter. */
  const replayable = new Map<string, string>();
  const left = new Map<string, string>();
  await readDeadLetters(connections, {
    async onLetters(letters) {
      for (const stored of letters) {
        index.add(stored);
        if (!matches(stored, options.filter)) continue;
        const cause = obstacle(stored, topicPrefix, options.maxReplays) ?? (await unreadable(stored));
        if (cause === undefined) replayable.set(stored.id, stored.letter.topic);
        else left.set(stored.id, cause);
      }
    },
    onSettled: (id) => index.settle(id),
  });
  const chosen = new Set<string>();
  for (const id of replayable.keys()) {
    const cause = excluded(id, index, chosen, options);
    if (cause === undefined) chosen.add(id);
    else left.set(id, cause);
  }
  if (!options.dryRun && chosen.size > 0) {
    // Before anything is sent: a letter whose settlement is refused would be replayed again.
    const topics = new Set([...chosen].map((id) => replayable.get(id) ?? '')).add(
      topicName(topicPrefix, 'ml.deadletters'),
    );
    await connections.requireRights(
      [...topics].map((name) => ({ resource: 'topic', name, operation: 'WRITE' }) as const),
    );
    const sender = await connections.producer();
    await readDeadLetters(connections, {
      onLetters: (letters) =>
        sendBack(
          letters.filter(({ id }) => chosen.has(id)),
          index,
          connections.config.kafka,
          sender,
        ),
      onSettled: () => undefined,
    });
  }
  return { replayed: [...chosen], left };
}

/** The reason why a letter is not replayed, given the letters that are; undefined if it is replayed as well. */
function excluded(
  id: string,
  index: LetterIndex,
  chosen: ReadonlySet<string>,
  { again, limit }: LetterReplayOptions,
): string | undefined {
  const replayedAs = again ? undefined : index.replayedAs(id);
  if (replayedAs === id) return 'was replayed already (--again)';
  if (replayedAs !== undefined) return `its record was replayed already, as ${replayedAs} (--again)`;
  const same = index.lettersAboutSame(id).find((other) => chosen.has(other));
  if (same !== undefined) return `is about the same record as ${same}`;
  return chosen.size < limit ? undefined : 'beyond --limit';
}

async function sendBack(
  letters: readonly StoredLetter[],
  index: LetterIndex,
  { topicPrefix, maxBatchBytes }: KafkaConfig,
  sender: RecordSender,
): Promise<void> {
  if (letters.length === 0) return;
  const records = await Promise.all(letters.map((letter) => recordsOfLetter(letter, maxBatchBytes)));
  await sender.send(records.flat());
  const settled = letters.flatMap(({ id }) => index.lettersAboutSame(id));
  await sender.send(settled.map((id) => settlement(id, topicPrefix)));
}
