import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { type Connections, withConnections } from '../connections.ts';
import { inspectTopics, reconcileTopic, type TopicState } from '../kafka/admin/reconcile.ts';
import { TOPIC_NAMES, TOPICS } from '../topics.ts';
import { commandLog } from './command-log.ts';
import { printLine } from './print-line.ts';

const DAY_MS = 86_400_000;

/** `thunderline topics`: compares the topics on the broker with src/topics.ts; `--apply` changes them to match. */
export const topicsCommand = (): Command =>
  new Command('topics')
    .description('compare the partitions and settings of the topics with those expected; exits 1 when they differ')
    .option('--apply', 'create missing topics, add partitions, change settings', false)
    .action(({ apply }: { apply: boolean }) =>
      withConnections(loadConfig(), commandLog(), { purpose: 'topics', registers: [] }, (connections) =>
        compare(connections, apply),
      ),
    );

async function compare({ config, createTopics, admin: connect }: Connections, apply: boolean): Promise<void> {
  const admin = await connect();
  const states = await inspectTopics(admin, config.kafka.topicPrefix, TOPIC_NAMES);
  if (apply) {
    await createTopics();
    for (const state of states) if (state.differences.length > 0) await reconcileTopic(admin, state);
  }
  const width = Math.max(...states.map(({ name }) => name.length));
  for (const state of states) print(state, apply, width);
  const different = states.filter(({ exists, differences }) => !exists || differences.length > 0);
  if (!apply && different.length > 0) {
    printLine('run "thunderline topics --apply" to change the topics to match');
    process.exitCode = 1;
  }
}

function print(
  { topic, name, exists, partitions, replicas, retentionMs, differences }: TopicState,
  apply: boolean,
  width: number,
): void {
  if (!exists) {
    const { partitions: wanted, retentionMs: kept } = TOPICS[topic];
    printLine(
      `${name.padEnd(width)}  ${apply ? 'created' : 'missing'}: ${counted(wanted, 'partition')}, retention ${duration(kept)}`,
    );
    return;
  }
  const shape = `${counted(partitions, 'partition')}, ${counted(replicas, 'replica')}, retention ${duration(retentionMs)}`;
  printLine(`${name.padEnd(width)}  ${shape.padEnd(44)}  ${TOPICS[topic].holds}`);
  for (const { setting, is, should } of differences) {
    printLine(
      `${''.padEnd(width)}  ${setting} ${apply ? 'was' : 'is'} ${is}, ${apply ? 'is now' : 'should be'} ${should}`,
    );
  }
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function duration(ms: number): string {
  if (ms < 0) return 'unlimited';
  return ms < DAY_MS ? `${Math.ceil(ms / 1_000).toLocaleString('en')} s` : `${Number((ms / DAY_MS).toFixed(2))} days`;
}
