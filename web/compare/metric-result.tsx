import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Comparison, MetricComparison } from '../../src/queries/shapes.ts';
import { counted, plural } from '../format/counted.ts';
import { formatInteger } from '../format/number.ts';
import { Boundary } from '../shell/boundary.tsx';
import { Scroller } from '../shell/scroller.tsx';
import { theme } from '../shell/theme.ts';
import { BoxPlot } from './box-plot.tsx';
import { type CompareView, groupName, groupParts } from './compare-view.ts';
import { CompareExports } from './exports.tsx';
import { colourOfGroup, type GroupLooks, groupKeyOf, lookOfGroup, sharedLooks } from './group-looks.ts';
import { GroupTable } from './group-table.tsx';
import { groupOf, type Sample, trialValue } from './sample.ts';
import { welchSentence } from './welch-sentence.ts';

/** Trials of a group that are drawn as points. */
const MOST_POINTS = 500;
const MOST_BOXES = 30;
const NONE_MEANS =
  '"none" covers trials without the parameter, and those whose value is null or an object; members of an object are parameters themselves.';

interface MetricResultProps {
  readonly comparison: Comparison;
  readonly result: MetricComparison;
  readonly view: CompareView;
  readonly sample: Sample | undefined;
  readonly looks: GroupLooks;
  /** Beside the boxes. */
  readonly children: ComponentChildren;
}

/** The figures of one metric by group: in words, as a table and as boxes. */
export function MetricResult({ comparison, result, view, sample, looks, children }: MetricResultProps) {
  const { metric, groups, groups_left_out, test } = result;
  const points = useMemo(() => pointsOf(sample, view.groupBy, metric), [sample, view.groupBy.join('\n'), metric]);
  const rows = groups.map((group) => ({
    group,
    name: groupName(comparison.group_by, group.group),
    parts: groupParts(comparison.group_by, group.group),
    colour: colourOfGroup(looks, group.group, theme.value),
    variant: lookOfGroup(looks, group.group).variant,
    values: points.get(groupKeyOf(group.group)) ?? [],
  }));
  const [first, second] = rows;
  const notes = [
    groups_left_out > 0 &&
      `${groups.length} of ${formatInteger(groups.length + groups_left_out)} groups: those with the most trials.`,
    sharedLooks(looks) > 0 &&
      `${counted(sharedLooks(looks), 'group has', 'groups have')} no colour left, and ${plural(sharedLooks(looks), 'is', 'are')} grey.`,
    rows.length > MOST_BOXES && `The first ${MOST_BOXES} groups are drawn as boxes.`,
    groups.some(({ group }) => group.includes(null)) && NONE_MEANS,
  ].filter((note) => note !== false);
  return (
    <section aria-label={metric} class="block">
      <div class="row">
        <h2>{metric}</h2>
        <span class="spacer" />
        <CompareExports view={view} result={result} groupBy={comparison.group_by} />
      </div>
      {first !== undefined && second !== undefined && rows.length === 2 && (
        <p class="sentence">
          {welchSentence([first.group, second.group], [first.name, second.name], test, comparison.metrics.length)}
        </p>
      )}
      <GroupTable metric={metric} rows={rows} namesRuns={view.runs.length > 1} />
      {notes.length > 0 && <p class="muted">{notes.join(' ')}</p>}
      <div class="columns">
        <Scroller label={`${metric} by group`} kind="sideways">
          <Boundary what="the boxes">
            <BoxPlot metric={metric} groups={rows.slice(0, MOST_BOXES)} />
          </Boundary>
        </Scroller>
        {children}
      </div>
    </section>
  );
}

/** The finite values of single trials by group, for the points of the plot. */
function pointsOf(sample: Sample | undefined, groupBy: readonly string[], metric: string): Map<string, number[]> {
  const points = new Map<string, number[]>();
  for (const trial of sample?.trials ?? []) {
    const value = trialValue(trial, `metric.${metric}`);
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    const key = groupKeyOf(groupOf(trial, groupBy));
    const of = points.get(key) ?? [];
    if (of.length < MOST_POINTS) of.push(value);
    points.set(key, of);
  }
  return points;
}
