import type { EachBatchPayload } from 'kafkajs';

/** The offset that the fetch of a batch asked for, decimal text; the types of kafkajs leave it out. */
export const fetchedOffsetOf = (batch: EachBatchPayload['batch']): string =>
  String((batch as EachBatchPayload['batch'] & { readonly fetchedOffset: string }).fetchedOffset);
