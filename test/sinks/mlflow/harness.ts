import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import type { MlEvent } from '../../../src/events/event.ts';
import { paramOf, tagOf } from '../../../src/mlflow/entities.ts';
import type { DecodedRecord, Rejected } from '../../../src/runtime/stage.ts';
import { rowOfRecords } from '../../../src/sinks/mlflow/merged-row.ts';
import { planBatch } from '../../../src/sinks/mlflow/plan-batch.ts';
import { PARAM_GROUPS, paramsOf, paramTag } from '../../../src/sinks/mlflow/run-params.ts';
import { isEnd } from '../../../src/sinks/mlflow/run-status.ts';
import { crowdedEventArbitrary } from '../../arbitraries/events.ts';
import { cuttable } from '../../support/cuttable.ts';
import type { SinkHarness } from '../../support/sink-contract.ts';
import { recordOf } from '../postgres/records.ts';
import { createMirrorWorld, type ReadRun } from './mirror-world.ts';

/**
 * The MLflow sink. MLflow keeps what was deleted, so each emptying gives the runs other names; the content leaves out what
 * MLflow cannot take back: the first value of a param, an earlier final metric, the start of a run.
 */
export async function createMlflowHarness(): Promise<SinkHarness> {
  const world = await createMirrorWorld();
  const connection = await cuttable(world.mlflowUrl);
  const events = fc
    .sample(crowdedEventArbitrary, { numRuns: 30, seed: 7 })
    // The end of a run that has no MLflow run yet is taken from Postgres later (docs/mlflow.md), which is empty here.
    .filter(({ event, trial_id }) => trial_id !== null || event === 'ml.run.metric')
    // The ids of other runs of MLflow do not exist there.
    .map((event): MlEvent => ({ ...event, mlflow_run_id: null }));
  const records = events.map(recordOf);
  const runIds = [...new Set(events.map(({ model_run_id }) => model_run_id))];
  let generation = 0;
  let isCut = false;
  const nameOf = (modelRunId: string): string => world.runId(`${generation}-${modelRunId}`);
  const renamed = ({ source, content }: DecodedRecord): DecodedRecord => {
    const { model_run_id } = content.record as MlEvent;
    return {
      source,
      content: { ...content, record: { ...content.record, model_run_id: nameOf(model_run_id) } } as never,
    };
  };
  const rows = new Map(
    planBatch(records).map(({ subject: { model_run_id, trial_id }, row }) => [
      `${model_run_id}/${trial_id ?? ''}`,
      rowOfRecords(row),
    ]),
  );

  /** The value of each param that the merged row has, as MLflow shows it. */
  function paramsIn(modelRunId: string, trial: string, { params, tags }: ReadRun) {
    const row = rows.get(`${modelRunId}/${trial}`);
    return PARAM_GROUPS.map((group) => {
      const isShown = row !== undefined && (group === 'hyperparams' || isEnd(row.stated.outcome?.version));
      const names = isShown ? [...paramsOf(row, group).keys()].sort() : [];
      return names.map((name) => [
        name,
        tags.get(tagOf(paramTag(group, name), '').key) ?? params.get(paramOf(name, '').key),
      ]);
    });
  }

  function contentOf(modelRunId: string, run: ReadRun) {
    const { name, status, endTimeMs, tags, points } = run;
    const trial = tags.get('trial_id') ?? '';
    const shown = ['constraint_method', 'thunderline.status', 'thunderline.error_type', 'thunderline.error_message'];
    return {
      modelRunId,
      name: trial === '' ? '' : name,
      status,
      endTimeMs,
      tags: shown.map((tag) => tags.get(tag) ?? ''),
      params: paramsIn(modelRunId, trial, run),
      points: [...points].filter(([key]) => !key.startsWith('final/')).sort(([a], [b]) => (a < b ? -1 : 1)),
    };
  }

  return {
    records,
    bad: [],
    order: 'any',
    connection: {
      ...connection,
      cut() {
        isCut = true;
        connection.cut();
      },
      mend() {
        isCut = false;
        connection.mend();
      },
    },
    async open() {
      const { sink } = await world.openSink({ url: connection.url });
      async function write(batch: readonly DecodedRecord[]): Promise<readonly Rejected[]> {
        for (;;) {
          try {
            return await sink.write(batch);
          } catch (error) {
            // The loop repeats it, and soon after an outage the sink lets nothing pass.
            if (isCut) throw error;
            await delay(50);
          }
        }
      }
      return { write: (batch) => write(batch.filter(isDecoded).map(renamed)), close: () => sink.close() };
    },
    async content() {
      const content: unknown[] = [];
      for (const modelRunId of runIds) {
        for (const run of await world.runs(nameOf(modelRunId))) content.push(contentOf(modelRunId, run));
      }
      return content;
    },
    async empty() {
      generation += 1;
    },
    async close() {
      await connection.close();
      await world.close();
    },
  };
}

const isDecoded = (record: { readonly content: unknown }): record is DecodedRecord => record.content !== undefined;
