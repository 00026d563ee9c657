/** The metadata of a committed position: the id of the topic it is a position in, and a note of the consumer. */
export interface PositionNote {
  /** Undefined for positions committed on a broker without topic ids, or by an earlier version. */
  readonly topicId: string | undefined;
  /** Empty where the consumer left none. */
  readonly note: string;
}

/** `topic=<id> <note>`, or the note alone where there is no id. */
export const writePositionNote = ({ topicId, note }: PositionNote): string =>
  topicId === undefined ? note : `topic=${topicId}${note === '' ? '' : ` ${note}`}`;

export function readPositionNote(metadata: string | null | undefined): PositionNote {
  const text = metadata ?? '';
  const [, topicId, note = ''] = /^topic=(\S+)(?: (.*))?$/s.exec(text) ?? [];
  return topicId === undefined ? { topicId, note: text } : { topicId, note };
}
