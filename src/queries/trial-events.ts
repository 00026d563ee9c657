import { GROUP_NAMES, type Group, readVersion } from '../events/merge.ts';
import { Problem } from '../http/problem.ts';
import type { Call, Reply } from '../http/route.ts';
import { answer } from './answer.ts';
import type { TrialEvent } from './page-shapes.ts';
import type { QueryParts } from './query-parts.ts';
import { idOf, QueryReader } from './query-reader.ts';

const VERSIONS = `
  select ${GROUP_NAMES.map((group) => `${group}_version as ${group}`).join(', ')}
  from cerebros_model_trials where model_run_id = $1 and trial_id = $2`;

/** `GET /api/runs/{run}/trials/{trial}/events`: the events whose values the trial has. */
export const trialEvents =
  ({ database, asOf }: QueryParts) =>
  async (call: Call): Promise<Reply> => {
    const run = idOf(call.parameters, 'run', 'model_run_id');
    const trial = idOf(call.parameters, 'trial', 'trial_id');
    new QueryReader(call.request, []);
    const position = await asOf();
    const [versions] = await database.serve(call.response, (ask) =>
      ask<Readonly<Record<Group, string | null>>>(VERSIONS, [run, trial]),
    );
    if (versions === undefined) throw new Problem('not_found', 'no event has named this trial');
    return answer(call, { model_run_id: run, trial_id: trial, events: eventsOf(versions) }, position);
  };

/** The version of a part names the event that set it. A part that no event has set, or not yet, names none. */
function eventsOf(versions: Readonly<Record<Group, string | null>>): readonly TrialEvent[] {
  const events = new Map<string, TrialEvent>();
  for (const group of GROUP_NAMES) {
    const source = readVersion(versions[group] ?? '');
    if (source === undefined) continue;
    const { id: event_id, timestamp, attempt } = source;
    const key = `${attempt} ${timestamp} ${event_id}`;
    events.set(key, { event_id, timestamp, attempt, set: [...(events.get(key)?.set ?? []), group] });
  }
  return [...events.values()].sort((a, b) => a.timestamp - b.timestamp || (a.event_id < b.event_id ? -1 : 1));
}
