const TIMEOUT_MS = 20_000;

/** Resolves when the address answers 2xx. A server that is still starting may hang, so each attempt has a time-out. */
export async function askHttp(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}
