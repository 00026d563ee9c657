import { flatten } from './flatten.ts';
import { documentIn, type MergedRow } from './merged-row.ts';

/**
 * The groups of columns that become params, in the order in which they are written. The hyperparams are known from the start of
 * a trial; its parameters can change until its end, so they follow then.
 */
export const PARAM_GROUPS = ['hyperparams', 'parameters'] as const;

export type ParamGroup = (typeof PARAM_GROUPS)[number];

/** The params of a group, as text by name. */
export const paramsOf = (row: MergedRow, group: ParamGroup): ReadonlyMap<string, string> =>
  flatten(documentIn(row, group));

/**
 * Tag with the value of a group for a param that the run has with another one. A param of MLflow never changes: it keeps the
 * first value, be it an earlier one of the group, or that of the other group.
 */
export const paramTag = (group: ParamGroup, name: string): string =>
  group === 'hyperparams' ? `thunderline.param.${name}` : `thunderline.parameters.${name}`;
