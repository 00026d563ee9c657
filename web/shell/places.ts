/** How far a page and its parts are scrolled. */
interface Place {
  readonly page: number;
  /** By the names that `data-place` gives. */
  readonly parts: ReadonlyMap<string, number>;
}

/** A page reads its content before it is as high as it was; after this time it stays where it is. */
const RESTORED_WITHIN_MS = 10_000;
const USER_EVENTS = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;

const places = new Map<string, Place>();
let stopRestoring: () => void = () => undefined;

const parts = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-place]')];

/** Notes how far the page of an entry of the history is scrolled. */
export function keepPlace(entry: string): void {
  const scrolled = parts().map((part) => [part.dataset.place ?? '', part.scrollTop] as const);
  places.set(entry, { page: scrollY, parts: new Map(scrolled) });
}

/**
 * Scrolls the page that is drawn next as its entry was left, as soon as its content allows it, unless the user does something first.
 */
export function restorePlace(entry: string): void {
  stopRestoring();
  const place = places.get(entry) ?? { page: 0, parts: new Map<string, number>() };
  const observer = new MutationObserver(scroll);
  const end = new AbortController();
  const timer = setTimeout(stop, RESTORED_WITHIN_MS);
  function stop(): void {
    observer.disconnect();
    clearTimeout(timer);
    end.abort();
  }
  stopRestoring = stop;

  function scroll(): void {
    let isDone = true;
    for (const part of parts()) {
      const top = place.parts.get(part.dataset.place ?? '') ?? 0;
      if (part.scrollTop !== top) part.scrollTop = top;
    }
    for (const [name, top] of place.parts) {
      const part = parts().find((each) => each.dataset.place === name);
      if (part === undefined || Math.abs(part.scrollTop - top) > 1) isDone = false;
    }
    scrollTo(0, place.page);
    if (Math.abs(scrollY - place.page) > 1) isDone = false;
    if (isDone) stop();
  }

  for (const name of USER_EVENTS) addEventListener(name, stop, { signal: end.signal, passive: true });
  observer.observe(document.body, { childList: true, subtree: true, attributes: true });
}
