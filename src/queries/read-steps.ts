import { malformed, type QueryReader, quoted } from './query-reader.ts';

const GREATEST_STEP = (1n << 63n) - 1n;

/** The parameters `from` and `to`: the first and the last step. */
export const readSteps = (query: QueryReader): { readonly from: bigint; readonly to: bigint } => ({
  from: stepOf(query, 'from') ?? 0n,
  to: stepOf(query, 'to') ?? GREATEST_STEP,
});

/** A step has up to 19 digits. */
function stepOf(query: QueryReader, name: string): bigint | undefined {
  const text = query.one(name);
  if (text === undefined) return undefined;
  const step = /^\d{1,19}$/.test(text) ? BigInt(text) : -1n;
  if (step >= 0n && step <= GREATEST_STEP) return step;
  throw malformed(`the parameter ${name} must be a step: an integer from 0 to 2^63 - 1, not ${quoted(text)}`);
}
