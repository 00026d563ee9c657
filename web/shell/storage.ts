/** The storage of this browser; undefined where it is blocked: reading `localStorage` throws there, before any key is read. */
function storage(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}

/** The text that this browser has stored under a key of the pages; null if there is nothing, or storage is blocked. */
export function readStored(key: string): string | null {
  try {
    return storage()?.getItem(`thunderline.${key}`) ?? null;
  } catch {
    return null;
  }
}

/** Stores a text for later pages of this browser, null removes it. Where storage is blocked or full, the choice ends with the page. */
export function writeStored(key: string, text: string | null): void {
  try {
    if (text === null) storage()?.removeItem(`thunderline.${key}`);
    else storage()?.setItem(`thunderline.${key}`, text);
  } catch {
    // The choice counts for this page all the same.
  }
}
