import type { LiveFrameName, LiveFrames } from './frames.ts';

/** A frame as the text of a server-sent event. `data` is JSON, in one line. */
export const frameText = (name: LiveFrameName, data: string, id: string): string =>
  `event: ${name}\nid: ${id}\ndata: ${data}\n\n`;

export const frameOf = <Name extends LiveFrameName>(name: Name, data: LiveFrames[Name], id: string): string =>
  frameText(name, JSON.stringify(data), id);

/** The time after which the client should connect again, in milliseconds. */
export const retryText = (ms: number): string => `retry: ${Math.round(ms)}\n`;

/** A comment: it keeps the connection open in proxies that close quiet ones. */
export const HEARTBEAT = Buffer.from(':\n\n');
