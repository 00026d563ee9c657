import type { Connections } from '../../connections.ts';
import type { KafkaConfig } from '../../kafka/options.ts';
import type { RecordSender } from '../../record.ts';
import { type LetterFilter, matches } from './letter-filter.ts';
import { readDeadLetters } from './read-dead-letters.ts';
import { recordsOfLetter } from './records-of-letter.ts';
import { obstacle, type StoredLetter, settlement } from './stored-letter.ts';

export interface LetterReplayOptions {
  readonly filter: LetterFilter;
  /** Maximum number of dead letters to replay. */
  readonly limit: number;
  /** Maximum number of replays of one record, over all its failures. */
  readonly maxReplays: number;
  /** Includes letters that were replayed already. */
  readonly again: boolean;
  readonly dryRun: boolean;
}

export interface LetterReplayReport {
  readonly replayed: readonly string[];
  /** Letters that match and were not replayed, each with the reason. */
  readonly left: ReadonlyMap<string, string>;
}

/**
 * Sends dead letters back to the topics they were read from. A record that is rejected again becomes a new dead letter with
 * one more replay counted, up to `maxReplays`, so there is no loop. A crash between sending and settling replays a record
 * twice at worst, and readers recognise it by its event id.
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
  const open = new Set<string>();
  const settled = new Set<string>();
  const left = new Map<string, string>();
  await readDeadLetters(connections, {
    async onLetters(letters) {
      for (const stored of letters) {
        if (!matches(stored, options.filter)) continue;
        const cause = obstacle(stored, topicPrefix, options.maxReplays) ?? (await unreadable(stored));
        if (cause === undefined) open.add(stored.id);
        else left.set(stored.id, cause);
      }
    },
    onSettled: (id) => void settled.add(id),
  });
  if (!options.again) for (const id of settled) if (open.delete(id)) left.set(id, 'was replayed already (--again)');
  const chosen = new Set([...open].slice(0, options.limit));
  for (const id of open) if (!chosen.has(id)) left.set(id, 'beyond --limit');
  if (!options.dryRun && chosen.size > 0) {
    const sender = await connections.producer();
    const send = (letters: readonly StoredLetter[]) => sendBack(letters, connections.config.kafka, sender);
    await readDeadLetters(connections, {
      onLetters: (letters) => send(letters.filter(({ id }) => chosen.has(id))),
      onSettled: () => undefined,
    });
  }
  return { replayed: [...chosen], left };
}

async function sendBack(
  letters: readonly StoredLetter[],
  { topicPrefix, maxBatchBytes }: KafkaConfig,
  sender: RecordSender,
): Promise<void> {
  if (letters.length === 0) return;
  const records = await Promise.all(letters.map((letter) => recordsOfLetter(letter, maxBatchBytes)));
  await sender.send(records.flat());
  await sender.send(letters.map((letter) => settlement(letter, topicPrefix)));
}
