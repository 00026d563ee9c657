/** Errors of kafkajs by which a broker, or the group coordinator on it, did not answer. */
const UNANSWERED: ReadonlySet<string> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSGroupCoordinatorNotFound',
]);

export interface KafkaFailure {
  /** Whether Kafka answered, but with an error. */
  readonly answered: boolean;
  /** One sentence that names the brokers. */
  readonly message: string;
}

/**
 * Describes a failure of Kafka in one sentence; undefined for any other error. After several attempts kafkajs wraps the
 * error of the last one, so the causes are searched too.
 *
 * @param brokers the configured addresses.
 */
export function describeKafkaError(error: unknown, brokers: readonly string[]): KafkaFailure | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { name, message } = each;
    if (UNANSWERED.has(name)) {
      return { answered: false, message: `Kafka does not answer at ${brokers.join(', ')}: ${message}` };
    }
    if (name === 'KafkaJSProtocolError') {
      const { type } = each as { readonly type?: unknown };
      const remedy =
        type === 'UNKNOWN_TOPIC_OR_PARTITION' ? '; "thunderline topics --apply" creates missing topics' : '';
      return { answered: true, message: `Kafka at ${brokers.join(', ')} answers: ${message}${remedy}` };
    }
  }
  return undefined;
}
