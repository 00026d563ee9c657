/**
 * Returns a signal that the first SIGINT or SIGTERM aborts, so that a command can end its work in order. A second one of the
 * same name ends the process at once, as without a handler.
 */
export function stopOnSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  return stop.signal;
}
