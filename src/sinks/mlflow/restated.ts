import type { MlflowLink } from '../../store/tables/mlflow-links.ts';
import { type MergedRow, valueIn } from './merged-row.ts';

type Versions = MlflowLink['versions'];

/** Groups that every event of a trial may state, with the same value as a rule. */
const RESTATED = ['spectral_norm', 'mlflow'] as const;

/** The values of such groups among these news, which are kept along with their versions. */
export const restatedValues = (row: MergedRow, news: Versions): Versions =>
  Object.fromEntries(
    RESTATED.filter((group) => news[group] !== undefined).map((group) => [keyOf(group), String(valueIn(row, group))]),
  );

/**
 * The news without groups of the same value as before: their new versions are kept, and MLflow needs no call. A call that
 * repeats one tag costs its server as much as a hundred points, and a batch would have one for each trial.
 */
export const withoutRestated = (news: Versions, values: Versions, had: Versions): Versions =>
  Object.fromEntries(
    Object.entries(news).filter(([group]) => {
      const value = values[keyOf(group)];
      return value === undefined || value !== had[keyOf(group)];
    }),
  );

/** No group has this name. */
const keyOf = (group: string): string => `value of ${group}`;
