/** The content of a record batch is larger than this process may unpack. */
export class TooLargeUnpacked extends Error {
  override readonly name = 'TooLargeUnpacked';

  constructor() {
    super(`its records need more memory than KAFKA_MAX_BATCH_BYTES allows`);
  }
}

/** The number of bytes that the content of a record batch may have. */
export class UnpackLimit {
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Throws {@link TooLargeUnpacked} when `bytes` exceed the limit. */
  check(bytes: number): void {
    if (bytes > this.maxBytes) throw new TooLargeUnpacked();
  }
}
