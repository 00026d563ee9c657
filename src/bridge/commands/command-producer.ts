import type { Codec } from '../../avro/codec.ts';
import type { TrialCommand } from '../../avro/records.ts';
import { trialKey } from '../../events/event.ts';
import { recordHeaders } from '../../producers/record-headers.ts';
import type { OutgoingRecord, RecordSender } from '../../record.ts';
import { topicName } from '../../topics.ts';

/** Writes commands to `ml.commands`. */
export interface CommandProducer {
  /** Resolves when every in-sync replica has every command. Rejects as `RecordSender.send` does; sending again is safe. */
  send(commands: readonly TrialCommand[], traceparent: string): Promise<void>;
}

/** The record of a command: Avro value, trial key, and the headers that every topic carries. */
export function commandRecord(codec: Codec, topic: string, command: TrialCommand, traceparent: string): OutgoingRecord {
  const key = trialKey(command);
  return {
    topic,
    key,
    value: codec.encode('ml.commands', 'TrialCommand', command),
    headers: recordHeaders(command.command_id, command.operation, command.correlation_id ?? key, traceparent),
  };
}

export function createCommandProducer(codec: Codec, sender: RecordSender, topicPrefix: string): CommandProducer {
  const topic = topicName(topicPrefix, 'ml.commands');
  return {
    send: (commands, traceparent) =>
      sender.send(commands.map((command) => commandRecord(codec, topic, command, traceparent))),
  };
}
