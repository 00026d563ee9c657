/** How a consumer reads a topic; absent members have the first of their values. */
export interface ConsumeOptions {
  /**
   * `role`: every process of the role shares one consumer group, so each record is handled by one of them and the group's
   * position outlives them all. `process`: this process reads every partition in a group of its own. It commits there and
   * nowhere else, and the group is deleted when the consumer stops. Kafka deletes the group of a killed process once the
   * retention time of its offsets is over.
   */
  readonly group?: 'role' | 'process';
  /**
   * The start where the group has committed nothing. `committed`: the first record of the topic. `end`: the end of the
   * topic at the moment the consumer first joins; every later record is delivered, also across restarts of the consumer.
   */
  readonly from?: 'committed' | 'end';
}
