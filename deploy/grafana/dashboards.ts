import { bridge } from './dashboards/bridge.ts';
import { delivery } from './dashboards/delivery.ts';
import { feed } from './dashboards/feed.ts';
import { ingestion } from './dashboards/ingestion.ts';
import { kafka } from './dashboards/kafka.ts';
import { overview } from './dashboards/overview.ts';
import { sinks } from './dashboards/sinks.ts';
import type { DashboardSpec } from './panel.ts';

/** Every dashboard, in the order of its links. */
export const DASHBOARDS: readonly DashboardSpec[] = [overview, ingestion, delivery, sinks, bridge, kafka, feed];
