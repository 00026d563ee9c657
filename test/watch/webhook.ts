import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../support/until.ts';

/** A message of Alertmanager about one alert. */
interface Notice {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The receiver that Alertmanager calls, in place of a pager. */
export interface Webhook {
  readonly url: string;
  /** Resolves with the seconds since `from` when a notice about the alert arrived after it; `labels` must be among its labels. */
  heard(alert: string, status: Notice['status'], from: number, labels?: Notice['labels']): Promise<number>;
  close(): Promise<void>;
}

const HEARD_MS = 180_000;

export async function startWebhook(): Promise<Webhook> {
  const notices: (Notice & { readonly at: number })[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { alerts } = JSON.parse(body) as { alerts: readonly Notice[] };
    notices.push(...alerts.map((alert) => ({ ...alert, at: Date.now() })));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async heard(alert, status, from, labels = {}) {
      const found = await until(`${alert} is ${status}`, HEARD_MS, () =>
        notices.find(
          (notice) =>
            notice.at > from &&
            notice.status === status &&
            notice.labels.alertname === alert &&
            Object.entries(labels).every(([name, value]) => notice.labels[name] === value),
        ),
      );
      return (found.at - from) / 1_000;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
