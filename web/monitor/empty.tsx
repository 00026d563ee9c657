import { State } from '../shell/state.tsx';

/** The contents of the monitor in a new installation: how to send the first event. */
export function Empty() {
  return (
    <State title="No run has reported yet">
      <p>Send the first event to this server, or let a simulated fleet send some:</p>
      <pre>{`npx thunderline simulate --url ${location.origin}

curl ${location.origin}/api/events/ml -H 'content-type: application/json' \\
  -d '{"event": "ml.run.metric", "model_run_id": "first", "trial_id": "1", "measurements": {"loss": 0.5}}'`}</pre>
    </State>
  );
}
