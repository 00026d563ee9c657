import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { DashboardSpec, PanelSpec, Query, VariableSpec } from './panel.ts';

/** A variable, because every installation names its data source itself. */
const SOURCE = { type: 'prometheus', uid: '$datasource' };
const TAG = 'thunderline';
/** Panels in a row of Grafana's 24 columns; a number needs less room than a chart. */
const SPAN = { timeseries: 12, stat: 6, table: 8 } as const;
const HEIGHT = { timeseries: 8, stat: 5, table: 8 } as const;

/** Builds the dashboard that a specification describes. */
export function buildDashboard({ name, title, variables, rows }: DashboardSpec): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(title)
    .uid(`thunderline-${name}`)
    .tags([TAG])
    .editable()
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .link(
      new dashboard.DashboardLinkBuilder('Thunderline')
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags([TAG])
        .keepTime(true),
    )
    .withVariable(new dashboard.DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'));
  for (const variable of variables) builder.withVariable(buildVariable(variable));
  for (const row of rows) {
    builder.withRow(new dashboard.RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(buildPanel(panel));
  }
  return builder.build();
}

const buildVariable = ({ name, metric, label }: VariableSpec): dashboard.QueryVariableBuilder =>
  new dashboard.QueryVariableBuilder(name)
    .label(name)
    .query(`label_values(${metric}, ${label})`)
    .datasource(SOURCE)
    .current({ selected: true, text: 'All', value: '$__all' })
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*');

function buildPanel(panel: PanelSpec): TimeseriesBuilder | StatBuilder | TableBuilder {
  const builder = kindOf(panel)
    .title(panel.title)
    .description(panel.description)
    .unit(panel.unit)
    .datasource(SOURCE)
    .span(SPAN[panel.kind])
    .height(HEIGHT[panel.kind])
    .thresholds(thresholdsOf(panel));
  for (const [index, query] of panel.queries.entries()) {
    builder.withTarget(buildQuery(query, index, panel.kind));
  }
  return builder;
}

function kindOf({ kind, limit, stacked }: PanelSpec): TimeseriesBuilder | StatBuilder | TableBuilder {
  switch (kind) {
    case 'stat':
      return new StatBuilder().reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']));
    case 'table':
      return new TableBuilder();
    case 'timeseries': {
      const builder = new TimeseriesBuilder()
        .lineWidth(1)
        .fillOpacity(stacked ? 30 : 8)
        .showPoints(common.VisibilityMode.Never)
        .min(0)
        .legend(
          new common.VizLegendOptionsBuilder()
            .showLegend(true)
            .placement(common.LegendPlacement.Bottom)
            .displayMode(common.LegendDisplayMode.List),
        )
        .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi));
      if (stacked) builder.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
      if (limit !== undefined) {
        const line = new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed);
        builder.thresholdsStyle(line);
      }
      return builder;
    }
  }
}

const thresholdsOf = ({ limit }: PanelSpec): dashboard.ThresholdsConfigBuilder =>
  new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps([{ value: null, color: 'green' }, ...(limit === undefined ? [] : [{ value: limit, color: 'red' }])]);

/** A table and a number show the latest values; a chart has those of its time range. */
function buildQuery({ expr, legend }: Query, index: number, kind: PanelSpec['kind']): prometheus.DataqueryBuilder {
  const query = new prometheus.DataqueryBuilder()
    .datasource(SOURCE)
    .expr(expr)
    .refId(String.fromCharCode(65 + index));
  if (legend !== undefined) query.legendFormat(legend);
  if (kind === 'table') return query.format(prometheus.PromQueryFormat.Table).instant();
  return kind === 'stat' ? query.instant() : query.range();
}
