import { buildDashboard } from './build-dashboard.ts';
import { DASHBOARDS } from './dashboards.ts';

/** The dashboards as Grafana imports and provisions them, by path below `deploy/`. */
export const generateDashboards = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    DASHBOARDS.map((spec) => [`grafana/json/${spec.name}.json`, `${JSON.stringify(buildDashboard(spec), null, 2)}\n`]),
  );
