/** One server-sent event. */
export interface ServerSentEvent {
  readonly name: string;
  readonly data: string;
  /** The id of the last event that had one. */
  readonly id: string;
}

export interface SseHandlers {
  onEvent(event: ServerSentEvent): void;
  /** Called with the milliseconds that the server asks a client to wait before it connects again. */
  onRetry(ms: number): void;
}

/**
 * Reads a stream of server-sent events by the HTML standard (section 9.2.6), in pieces of any size. An event that the
 * end of the stream cuts off is dropped, so its id does not count.
 */
export function createSseParser({ onEvent, onRetry }: SseHandlers): (text: string) => void {
  let rest = '';
  let name = '';
  let id = '';
  let data: string[] = [];

  function readLine(line: string): void {
    if (line === '') {
      if (data.length > 0) onEvent({ name: name || 'message', data: data.join('\n'), id });
      name = '';
      data = [];
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') name = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id' && !value.includes('\0')) id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Number(value));
  }

  return (text) => {
    // A carriage return at the end of a piece may be the first half of a line break.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) readLine(line);
  };
}
