import type { RunSummary } from '../../src/queries/shapes.ts';
import { formatAgo } from '../format/time.ts';
import { serverNow } from '../shell/now.ts';
import { RunLink } from '../shell/run-link.tsx';
import { StatusMark } from '../shell/status.tsx';

/** Runs with the progress of their trials. */
export function RunsTable({ runs }: { readonly runs: readonly RunSummary[] }) {
  return (
    <div class="scroller">
      <table class="table fixed">
        <colgroup>
          <col class="widest" />
          <col />
          <col class="narrow" />
          <col class="narrow" />
          <col class="narrow" />
          <col />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">
              Trials
            </th>
            <th scope="col" class="number">
              Running
            </th>
            <th scope="col" class="number">
              Failed
            </th>
            <th scope="col">Progress</th>
            <th scope="col">Started</th>
          </tr>
        </thead>
        <tbody>
          {runs.map(({ model_run_id, status, trials, started_at }) => (
            <tr key={model_run_id}>
              <td class="id" title={model_run_id}>
                <RunLink run={model_run_id} />
              </td>
              <td>
                <StatusMark status={status} />
              </td>
              <td class="number">{trials.total}</td>
              <td class="number">{trials.running}</td>
              <td class="number">{trials.failed}</td>
              <td>
                <progress
                  aria-label={`ended trials of ${model_run_id}`}
                  max={Math.max(1, trials.total)}
                  value={trials.total - trials.queued - trials.running}
                />
              </td>
              <td title={started_at ?? undefined}>
                {started_at === null ? '' : formatAgo(serverNow.value - Date.parse(started_at))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
