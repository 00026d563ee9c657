/** A key of a new action: a request that is sent again with it acts once. 128 random bits. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * The keys of a dialog, one for each content: the server takes a second request with a key for the first one, so a corrected content
 * needs another key, and one that is sent again after no answer arrived needs the same.
 */
export class ActionKeys {
  private readonly keys = new Map<string, string>();

  of(content: unknown): string {
    const text = JSON.stringify(content) ?? '';
    const key = this.keys.get(text) ?? newIdempotencyKey();
    this.keys.set(text, key);
    return key;
  }
}
