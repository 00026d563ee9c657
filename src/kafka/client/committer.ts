/** A new position of a group in one partition. */
export interface Commit {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read, decimal text. */
  readonly offset: string;
  readonly metadata: string;
  /** Throws when this process no longer owns the partition. Called when the request is made. */
  readonly assertOwned: () => void;
}

/** The argument of kafkajs' commit, with the metadata that its types leave out. */
interface TopicCommits {
  readonly topic: string;
  readonly partitions: { partition: number; offset: string; metadata: string }[];
}

interface Waiting {
  readonly commit: Commit;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits with one request at a time: commits that arrive during a request share the next one. Partitions that are
 * handled in parallel, a few records each, would otherwise send the coordinator hundreds of requests a second.
 *
 * @param send makes one request. When it fails, every commit in it fails.
 * @returns a function that resolves when the commit is acknowledged.
 */
export function createCommitter(send: (topics: TopicCommits[]) => Promise<void>): (commit: Commit) => Promise<void> {
  let waiting: Waiting[] = [];
  let sending = false;

  async function sendTogether(round: readonly Waiting[]): Promise<void> {
    const owned = round.filter(({ commit, reject }) => {
      try {
        commit.assertOwned();
        return true;
      } catch (error) {
        reject(error);
        return false;
      }
    });
    if (owned.length === 0) return;
    try {
      await send(byTopic(owned.map(({ commit }) => commit)));
      for (const { resolve } of owned) resolve();
    } catch (error) {
      for (const { reject } of owned) reject(error);
    }
  }

  async function sendAll(): Promise<void> {
    sending = true;
    while (waiting.length > 0) {
      const round = waiting;
      waiting = [];
      await sendTogether(round);
    }
    sending = false;
  }

  return (commit) =>
    new Promise((resolve, reject) => {
      waiting.push({ commit, resolve, reject });
      if (!sending) void sendAll();
    });
}

/** Keeps only the last commit of each partition, which covers the earlier ones. */
function byTopic(commits: readonly Commit[]): TopicCommits[] {
  const topics = new Map<string, Map<number, TopicCommits['partitions'][number]>>();
  for (const { topic, partition, offset, metadata } of commits) {
    const partitions = topics.get(topic) ?? new Map();
    topics.set(topic, partitions.set(partition, { partition, offset, metadata }));
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions: [...partitions.values()] }));
}
