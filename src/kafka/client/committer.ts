/** Where a partition is to be read from, by whoever has it next. */
export interface Commit {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read, decimal text. */
  readonly offset: string;
  readonly metadata: string;
  /** Throws when it may not be committed any more. Asked as the request is made. */
  readonly assertOurs: () => void;
}

/** As kafkajs takes it, and knows of in its types but for the metadata. */
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
 * Commits with one request at a time: what comes while it is on its way goes together in the next. Partitions that are
 * handled side by side, a few records each, would otherwise ask the coordinator hundreds of times a second.
 *
 * @param send makes one request. Where it fails, every commit in it does.
 * @returns resolves when the commit is known to count.
 */
export function createCommitter(send: (topics: TopicCommits[]) => Promise<void>): (commit: Commit) => Promise<void> {
  let waiting: Waiting[] = [];
  let sending = false;

  async function sendTogether(round: readonly Waiting[]): Promise<void> {
    const ours = round.filter(({ commit, reject }) => {
      try {
        commit.assertOurs();
        return true;
      } catch (error) {
        reject(error);
        return false;
      }
    });
    if (ours.length === 0) return;
    try {
      await send(byTopic(ours.map(({ commit }) => commit)));
      for (const { resolve } of ours) resolve();
    } catch (error) {
      for (const { reject } of ours) reject(error);
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

/** Of a partition only the last commit, which covers those before it. */
function byTopic(commits: readonly Commit[]): TopicCommits[] {
  const topics = new Map<string, Map<number, TopicCommits['partitions'][number]>>();
  for (const { topic, partition, offset, metadata } of commits) {
    const partitions = topics.get(topic) ?? new Map();
    topics.set(topic, partitions.set(partition, { partition, offset, metadata }));
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions: [...partitions.values()] }));
}
