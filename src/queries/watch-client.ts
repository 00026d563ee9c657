import type { ServerResponse } from 'node:http';

const PROBE_AGAIN_MS = 200;

/**
 * Calls `onLeft` once when the client of an unanswered request is gone. Returns a function that ends the watch.
 *
 * The server allows a client to close its sending side and still read the answer, and the end of the stream looks the
 * same for one that is gone. Therefore it is sent an interim answer (102), which any client of HTTP/1.1 skips: the
 * machine of a client that has disconnected resets the connection, which the second interim answer detects.
 */
export function watchClient(response: ServerResponse, onLeft: () => void): () => void {
  const { socket, httpVersion } = response.req;
  let timer: NodeJS.Timeout | undefined;
  const probe = (): void => {
    if (response.headersSent || response.destroyed || httpVersion !== '1.1') return;
    response.writeProcessing();
    timer ??= setTimeout(probe, PROBE_AGAIN_MS);
  };
  response.once('close', onLeft);
  socket.once('end', probe);
  if (response.destroyed) onLeft();
  else if (socket.readableEnded) probe();
  return () => {
    clearTimeout(timer);
    response.off('close', onLeft);
    socket.off('end', probe);
  };
}
