import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Scroller, type ScrollerProps } from './scroller.tsx';

export interface AsTableProps extends Pick<ScrollerProps, 'label' | 'kind'> {
  readonly caption?: string;
  /** The head of the first column, whose cells name the rows. */
  readonly rowHead: string;
  /** The heads of the other columns, which contain numbers. */
  readonly heads: readonly string[];
  /** Called only while the table is open. */
  readonly rows: () => ComponentChildren;
}

/** The content of a chart as a table that opens below it, for screen readers and for copying. */
export function AsTable({ label, kind = 'scroller', caption, rowHead, heads, rows }: AsTableProps) {
  const open = useSignal(false);
  return (
    <details
      onToggle={({ currentTarget }) => {
        open.value = currentTarget.open;
      }}
    >
      <summary>As a table</summary>
      {open.value && (
        <Scroller label={label} kind={kind}>
          <table class="table">
            {caption !== undefined && <caption class="hidden-text">{caption}</caption>}
            <thead>
              <tr>
                <th scope="col">{rowHead}</th>
                {heads.map((head) => (
                  <th scope="col" class="number" key={head}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{rows()}</tbody>
          </table>
        </Scroller>
      )}
    </details>
  );
}
