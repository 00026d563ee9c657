import { Fragment } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { change, go } from './location.ts';
import { pageAction } from './page-key.ts';

const KEYS = [
  ['?', 'shows this list'],
  ['/', 'goes to the search field'],
  ['m', 'goes to the monitor'],
  ['c', 'goes to the comparison'],
  ['↑ ↓', 'move through the rows of a table'],
  ['Enter', 'opens the row'],
  ['Space', 'shows the trial of the row in the charts, or removes it'],
  ['z', 'resets the zoom'],
  ['Esc', 'closes a dialog, leaves a search'],
] as const;

/** The keys of all pages, and the dialog that lists them. */
export function ShortcutHelp() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      // A button of a closed dialog may keep the focus until the next frame.
      const isTyping = (event.target as HTMLElement | null)?.closest('input, select, textarea, dialog[open]') != null;
      const action = pageAction(event, isTyping);
      if (action === 'help') dialog.current?.showModal();
      else if (action === 'monitor') go('/');
      else if (action === 'compare') go('/compare');
      else if (action === 'whole x axis') change({ range: null });
      else if (action === 'search') {
        const search = document.querySelector<HTMLElement>('[data-search]');
        if (search === null) return;
        event.preventDefault();
        search.focus();
      }
    }
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="keys-title">
      <h2 id="keys-title">Keyboard shortcuts</h2>
      <dl class="facts">
        {KEYS.map(([key, meaning]) => (
          <Fragment key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </Fragment>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
