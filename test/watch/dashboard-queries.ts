import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An expression as Grafana would send it, and its place. */
export interface PanelQuery {
  readonly place: string;
  readonly expr: string;
}

/** A template variable, and the metric and label that its values come from. */
export interface VariableQuery {
  readonly place: string;
  readonly metric: string;
  readonly label: string;
}

interface Panel {
  readonly title?: string;
  readonly panels?: readonly Panel[];
  readonly targets?: readonly { readonly expr?: string }[];
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { name: string; type: string; query?: unknown }[] };
}

const FOLDER = join(import.meta.dirname, '../../deploy/grafana/json');

/** Fills the variables of a dashboard as Grafana does for "All", and its intervals. */
export const fill = (expr: string): string =>
  expr
    .replaceAll('$__rate_interval', '20s')
    .replaceAll('$__interval', '5s')
    .replaceAll('$__range', '5m')
    .replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)/g, '.*');

/** The expressions and variables of every dashboard, read from the JSON that Grafana gets. */
export function dashboardQueries(): {
  readonly panels: readonly PanelQuery[];
  readonly variables: readonly VariableQuery[];
} {
  const dashboards = readdirSync(FOLDER).map(
    (name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Dashboard,
  );
  return {
    panels: dashboards.flatMap(({ title, panels }) => panels.flatMap((panel) => queriesOf(title, panel))),
    variables: dashboards.flatMap(({ title, templating }) =>
      templating.list
        .filter(({ type }) => type === 'query')
        .map(({ name, query }) => {
          const [, metric = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(String(query)) ?? [];
          return { place: `${title}: $${name}`, metric, label };
        }),
    ),
  };
}

/** Rows hold panels of their own when they are collapsed. */
function queriesOf(dashboard: string, { title = '', panels = [], targets = [] }: Panel): readonly PanelQuery[] {
  return [
    ...targets.flatMap(({ expr }) =>
      expr === undefined ? [] : [{ place: `${dashboard}: ${title}`, expr: fill(expr) }],
    ),
    ...panels.flatMap((panel) => queriesOf(dashboard, panel)),
  ];
}
