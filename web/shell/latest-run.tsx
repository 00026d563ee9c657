import { useEffect } from 'preact/hooks';
import type { RunList } from '../../src/queries/shapes.ts';
import { requestJson } from '../api/request.ts';
import { useLoad } from '../data/use-load.ts';
import { runPath } from './address.ts';
import { Failure } from './failure.tsx';
import { Loading } from './loading.tsx';
import { address, change, go } from './location.ts';
import { State } from './state.tsx';

/** Goes from an address with `run=latest` to that of the run that started last; the other choices stay. */
export function LatestRun() {
  const { data, error, again } = useLoad((signal) => requestJson<RunList>('/api/runs?limit=1', { signal }), []);
  const run = data?.runs[0]?.model_run_id;
  useEffect(() => {
    if (run === undefined) return;
    const { page, query } = address.peek();
    if (page === 'compare') return change({ run: null, model_run_id: run }, 'replace');
    const rest = new URLSearchParams(query);
    rest.delete('run');
    go(`${runPath(run)}${rest.size > 0 ? `?${rest}` : ''}`, 'replace');
  }, [run]);
  if (error !== undefined) return <Failure error={error} what="the latest run" onRetry={again} />;
  if (data === undefined || run !== undefined) return <Loading what="the newest run" />;
  return (
    <State title="No run has reported yet">
      <a href="/">Go to the monitor</a>
    </State>
  );
}
