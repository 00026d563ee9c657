import { type DashboardSpec, M, quantiles, rate } from '../panel.ts';

/** The live feed of pages and terminals. */
export const feed: DashboardSpec = {
  name: 'feed',
  title: 'Thunderline: live feed',
  variables: [{ name: 'instance', metric: M.liveClients, label: 'instance' }],
  rows: [
    {
      title: 'Clients',
      panels: [
        {
          title: 'Open feeds',
          kind: 'timeseries',
          unit: 'short',
          description: 'By process.',
          queries: [{ expr: `sum by (instance) (${M.liveClients}{instance=~"$instance"})`, legend: '{{instance}}' }],
        },
        {
          title: 'Delay from acceptance to the feed',
          kind: 'timeseries',
          unit: 's',
          description: 'Of the oldest event of each frame.',
          limit: 5,
          queries: quantiles(M.liveDelay, '{instance=~"$instance"}'),
        },
        {
          title: 'Frames and bytes',
          kind: 'timeseries',
          unit: 'ops',
          description: 'Written to all clients.',
          queries: [
            { expr: rate(`${M.liveFrames}{instance=~"$instance"}`), legend: 'frames' },
            { expr: rate(`${M.liveBytes}{instance=~"$instance"}`), legend: 'bytes' },
          ],
        },
        {
          title: 'Feeds reset or closed',
          kind: 'timeseries',
          unit: 'ops',
          description: 'Clients that could not continue, and those that the server ended.',
          queries: [
            { expr: rate(`${M.liveResets}{instance=~"$instance"}`, 'reason'), legend: 'reset {{reason}}' },
            { expr: rate(`${M.liveClosed}{instance=~"$instance"}`, 'reason'), legend: 'closed {{reason}}' },
          ],
        },
      ],
    },
    {
      title: 'Window',
      panels: [
        {
          title: 'Records read',
          kind: 'timeseries',
          unit: 'ops',
          description: 'Every process with the role reads all of them.',
          queries: [{ expr: rate(`${M.liveRecords}{instance=~"$instance"}`, 'result'), legend: '{{result}}' }],
        },
        {
          title: 'Memory of the window',
          kind: 'timeseries',
          unit: 'bytes',
          description: 'LIVE_WINDOW_BYTES bounds it.',
          queries: [{ expr: `max by (instance) (${M.liveHeldBytes}{instance=~"$instance"})`, legend: '{{instance}}' }],
        },
        {
          title: 'Age of the window',
          kind: 'timeseries',
          unit: 's',
          description: 'A client that was disconnected for longer gets a reset.',
          queries: [
            { expr: `max by (instance) (${M.liveHeldSeconds}{instance=~"$instance"})`, legend: '{{instance}}' },
          ],
        },
        {
          title: 'Series skipped for slow clients',
          kind: 'timeseries',
          unit: 'ops',
          description: 'They get a gap instead of points.',
          queries: [{ expr: rate(`${M.liveSkipped}{instance=~"$instance"}`), legend: 'series' }],
        },
      ],
    },
  ],
};
