import type { ComponentChildren } from 'preact';

export interface SeveralProps {
  readonly label: string;
  readonly choices: readonly string[];
  readonly chosen: readonly string[];
  /** At least this many stay chosen. */
  readonly least?: number;
  /** No more can be chosen. */
  readonly most?: number;
  /** Above the choices, such as a search. */
  readonly children?: ComponentChildren;
  readonly onChange: (chosen: readonly string[]) => void;
}

/** A list of check boxes behind its label. */
export function Several({ label, choices, chosen, least = 0, most = Infinity, children, onChange }: SeveralProps) {
  return (
    <details class="several">
      <summary>
        {label}: {chosen.length === 1 ? chosen[0] : chosen.length}
      </summary>
      <div class="choices">
        {children}
        {chosen.length >= most && <p class="muted">At most {most} can be chosen.</p>}
        {chosen.length <= least && <p class="muted">At least {least} must be chosen.</p>}
        {choices.map((choice) => {
          const isChosen = chosen.includes(choice);
          return (
            <label key={choice}>
              <input
                type="checkbox"
                checked={isChosen}
                disabled={isChosen ? chosen.length <= least : chosen.length >= most}
                onChange={({ currentTarget }) =>
                  onChange(currentTarget.checked ? [...chosen, choice] : chosen.filter((each) => each !== choice))
                }
              />{' '}
              {choice}
            </label>
          );
        })}
      </div>
    </details>
  );
}
