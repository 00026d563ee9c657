import { useEffect, useRef } from 'preact/hooks';

/** Gives the focus to the heading of the page; false while there is none. */
function focusHeading(): boolean {
  const heading = document.querySelector<HTMLElement>('main h1');
  if (heading === null) return false;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  return true;
}

/**
 * Gives the focus to the heading of each page that a link or a key opens, once the page has one: screen readers announce it, and
 * Tab continues there. A page whose reader moves the focus first keeps it.
 *
 * @param page identifies the page.
 */
export function useHeadingFocus(page: string): void {
  const last = useRef(page);
  useEffect(() => {
    if (last.current === page) return;
    last.current = page;
    if (focusHeading()) return;
    const before = document.activeElement;
    const main = document.querySelector('main');
    if (main === null) return;
    const observer = new MutationObserver(() => {
      const { activeElement } = document;
      const hasMoved = activeElement !== before && activeElement !== document.body;
      if (hasMoved || focusHeading()) observer.disconnect();
    });
    observer.observe(main, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [page]);
}
