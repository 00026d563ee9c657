import { useSignal } from '@preact/signals';
import { Fragment } from 'preact';
import { formatExact, formatInteger } from '../format/number.ts';
import { LongText } from '../shell/long-text.tsx';

export interface ValuesProps {
  readonly values: Readonly<Record<string, unknown>>;
  /** Said if there is none. */
  readonly empty: string;
}

/** Entries that are listed at first; an event may have ten thousand. */
const MOST = 100;

/** Values by name, in the order of the names. */
export function Values({ values, empty }: ValuesProps) {
  const showsAll = useSignal(false);
  const entries = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return <p class="muted">{empty}</p>;
  return (
    <>
      <dl class="facts">
        {entries.slice(0, showsAll.value ? undefined : MOST).map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd class="mono">
              <LongText text={value === null ? 'null' : formatExact(value)} what={name} />
            </dd>
          </Fragment>
        ))}
      </dl>
      {entries.length > MOST && !showsAll.value && (
        <button
          type="button"
          onClick={() => {
            showsAll.value = true;
          }}
        >
          Show all {formatInteger(entries.length)} values
        </button>
      )}
    </>
  );
}
