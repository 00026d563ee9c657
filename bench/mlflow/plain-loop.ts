import { Agent, request } from 'node:http';

/** Points of one run, in the form of log-batch. */
interface LoggedMetric {
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
}

export interface PlainRun {
  readonly runId: string;
  readonly metrics: readonly LoggedMetric[];
}

/** MLflow accepts no more in one call. */
export const FULL_CALL = 1_000;

/** MLflow by HTTP alone, over one connection. */
export function openPlainMlflow(base: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  function post(call: string, body: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${base}/api/2.0/mlflow/${call}`,
        { agent, method: 'POST', headers: { 'content-type': 'application/json' } },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('error', reject);
          answer.on('end', () => {
            if (answer.statusCode === 200) resolve(JSON.parse(text));
            else reject(new Error(`${call}: ${answer.statusCode} ${text.slice(0, 300)}`));
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(JSON.stringify(body));
    });
  }

  return {
    /** Creates an experiment with some runs, and returns their ids. */
    async createRuns(experiment: string, count: number): Promise<readonly string[]> {
      const { experiment_id } = (await post('experiments/create', { name: experiment })) as { experiment_id: string };
      const ids: string[] = [];
      for (let number = 0; number < count; number += 1) {
        const created = await post('runs/create', {
          experiment_id,
          run_name: `trial ${number}`,
          start_time: Date.now(),
        });
        ids.push((created as { run: { info: { run_id: string } } }).run.info.run_id);
      }
      return ids;
    },

    /** Writes all points, one full call after the other. */
    async fill(runs: Iterable<PlainRun>): Promise<void> {
      for (const { runId, metrics } of runs) {
        for (let from = 0; from < metrics.length; from += FULL_CALL) {
          await post('runs/log-batch', { run_id: runId, metrics: metrics.slice(from, from + FULL_CALL) });
        }
      }
    },

    close: () => agent.destroy(),
  };
}
