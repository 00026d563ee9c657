/** The greatest step; a wider bucket makes no difference. */
const GREATEST = (1n << 63n) - 1n;

const STEPS = [1n, 2n, 5n] as const;

/**
 * The width of a bucket, from 1, 2, 5, 10, 20, 50, ..., so that a range of steps has at most `buckets` buckets. Buckets start at
 * multiples of the width, so they do not move while later steps arrive.
 */
export function bucketWidth(first: bigint, last: bigint, buckets: number): bigint {
  for (let ten = 1n; ; ten *= 10n) {
    for (const step of STEPS) {
      const width = step * ten;
      if (width > GREATEST) return GREATEST;
      if (last / width - first / width + 1n <= BigInt(buckets)) return width;
    }
  }
}
