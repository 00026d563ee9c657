import { DELIVERY_SECONDS } from './buckets.ts';
import type { MetricTable } from './metric.ts';

/** The live feed of pages and terminals. */
export const LIVE_METRICS = {
  liveClients: {
    kind: 'gauge',
    name: 'live_clients',
    labels: [],
    help: 'Open live feeds.',
  },
  liveFrames: {
    kind: 'counter',
    name: 'live_frames_total',
    labels: [],
    help: 'Frames with data written to live feeds, counted for each client.',
  },
  liveBytes: {
    kind: 'counter',
    name: 'live_bytes_total',
    labels: [],
    help: 'Bytes of the frames with data written to live feeds.',
  },
  liveDelay: {
    kind: 'histogram',
    name: 'live_delay_seconds',
    labels: [],
    help: 'Time from the acceptance of an event until its frame is written to the live feeds, for the oldest event of each frame.',
    buckets: DELIVERY_SECONDS,
  },
  liveRecords: {
    kind: 'counter',
    name: 'live_records_total',
    labels: ['result'],
    values: { result: ['held', 'undecodable'] },
    help: 'Records read for the live feed, by result: held, undecodable (it is dead-lettered by the roles that store it).',
  },
  liveSkipped: {
    kind: 'counter',
    name: 'live_skipped_series_total',
    labels: [],
    help: 'Series of which a slow client was sent a gap instead of points.',
  },
  liveResets: {
    kind: 'counter',
    name: 'live_resets_total',
    labels: ['reason'],
    values: { reason: ['expired', 'topics_changed', 'unknown_position', 'malformed', 'records_lost'] },
    help:
      'Live feeds that could not continue from the position of the client, by reason: expired, topics_changed, ' +
      'unknown_position, malformed, records_lost.',
  },
  liveClosed: {
    kind: 'counter',
    name: 'live_closed_total',
    labels: ['reason'],
    values: { reason: ['stopping', 'refused', 'slow'] },
    help: 'Live feeds ended by the server, by reason: stopping, refused, slow (more events waited than are kept for a client).',
  },
  liveHeldBytes: {
    kind: 'gauge',
    name: 'live_held_bytes',
    labels: [],
    help: 'Memory of the records that the live feed holds, approximately (LIVE_WINDOW_BYTES).',
  },
  liveHeldSeconds: {
    kind: 'gauge',
    name: 'live_held_seconds',
    labels: [],
    help: 'Age of the oldest record that the live feed holds; a client that was disconnected for longer gets a reset.',
  },
} as const satisfies MetricTable;
