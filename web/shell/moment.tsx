import { formatDateTime } from '../format/time.ts';

/** A time in the zone of the browser; the pointer over it shows it in UTC. `at` is in epoch milliseconds. */
export function Moment({ at }: { readonly at: number }) {
  const utc = new Date(at).toISOString();
  return (
    <time dateTime={utc} title={`${utc.replace('T', ' ').replace('Z', '')} UTC`}>
      {formatDateTime(at)}
    </time>
  );
}
