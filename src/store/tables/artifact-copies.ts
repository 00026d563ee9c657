import type pg from 'pg';
import { fixedArray, textArray, UUID } from '../binary-array.ts';
import { DatabaseUnavailable } from '../database-error.ts';
import { isDue } from '../is-due.ts';

/** An artifact that is to be in the MLflow run of its trial. */
export interface ArtifactCopy {
  readonly artifact_id: string;
  readonly model_run_id: string;
  readonly trial_id: string;
  readonly uri: string;
  /** The name of an upload; null for an artifact that was not uploaded. */
  readonly name: string | null;
}

/** One that this process has claimed. */
export interface ClaimedCopy extends ArtifactCopy {
  /** The MLflow run that the mirror has linked to the trial; null as long as there is none. */
  readonly run_id: string | null;
  /** Whether a person deleted that run. */
  readonly is_deleted: boolean;
  /** Whether there are API keys that are bound to runs, this one among them. */
  readonly is_bound: boolean;
  readonly attempts: number;
  /** Those of `attempts` that failed at this artifact. */
  readonly failures: number;
  /** Time since the copy was first wanted, in milliseconds. */
  readonly ageMs: number;
}

const ADD = `
  insert into artifact_copies (artifact_id, model_run_id, trial_id, uri, name)
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
  on conflict (artifact_id) do nothing`;

/**
 * A claim lasts for a while: the copies of a process that ends in the middle are claimed again. Those that failed come last.
 *
 * The run of the mirror's link is the one that MLflow has confirmed and that no other trial has; an event may state any. A
 * key that was revoked may have stated an address before.
 */
const CLAIM = `
  with due as (
    select artifact_id from artifact_copies
    where state = 'waiting' and ${isDue('due_at')}
    order by (failures > 0), due_at
    limit $1
    for update skip locked
  ), claimed as (
    update artifact_copies c
    set due_at = now() + $2 * interval '1 millisecond', attempts = attempts + 1
    from due where c.artifact_id = due.artifact_id
    returning c.artifact_id, c.model_run_id, c.trial_id, c.uri, c.name, c.attempts, c.failures, c.created_at
  )
  select
    c.artifact_id, c.model_run_id, c.trial_id, c.uri, c.name, c.attempts, c.failures, l.run_id,
    coalesce(l.state = 'deleted', false) as is_deleted,
    exists (
      select from api_keys k where k.run_prefix <> '' and starts_with(c.model_run_id, k.run_prefix)
    ) as is_bound,
    extract(epoch from now() - c.created_at)::float8 * 1000 as "ageMs"
  from claimed c
  left join mlflow_links l on l.model_run_id = c.model_run_id and l.trial_id = c.trial_id`;

const COPIED = `update artifact_copies set state = 'copied', run_id = $2, reason = null where artifact_id = $1`;
const LEAVE_OUT = `
  update artifact_copies set state = 'left_out', reason = $2, due_at = now() where artifact_id = $1`;
const WAIT = `
  update artifact_copies set due_at = now() + $2 * interval '1 millisecond', reason = $3
  where artifact_id = $1 and state = 'waiting'`;
const FAIL = `
  update artifact_copies set
    due_at = now() + $2 * interval '1 millisecond', reason = $3, failures = failures + 1
  where artifact_id = $1 and state = 'waiting'`;
const RELEASE = `
  update artifact_copies set due_at = now(), attempts = greatest(attempts - 1, 0)
  where artifact_id = any($1::uuid[]) and state = 'waiting'`;
const AGAIN = `
  update artifact_copies set state = 'waiting', due_at = now(), attempts = 0, failures = 0
  where model_run_id = $1 and trial_id = $2 and name = $3 and artifact_id <> $4 and state = 'copied'`;

/** Rows that one statement reads, so that its time does not grow with the table. */
const REVIEWED = 10_000;

/**
 * Copies whose trial has another MLflow run now, because its first run was replaced or created again; and those that were left
 * out a day ago, because a run may be restored, and a bucket or a permission added.
 */
const REVIEW = `
  with reviewed as (
    select artifact_id from artifact_copies where artifact_id > $1 order by artifact_id limit $2
  ), moved as (
    update artifact_copies c set state = 'waiting', due_at = now(), attempts = 0, failures = 0, created_at = now()
    from reviewed, mlflow_links l
    where c.artifact_id = reviewed.artifact_id and l.model_run_id = c.model_run_id and l.trial_id = c.trial_id
      and c.state = 'copied' and c.run_id <> l.run_id and l.state = 'linked'
  ), again as (
    update artifact_copies c set state = 'waiting', due_at = now(), attempts = 0, failures = 0
    from reviewed
    where c.artifact_id = reviewed.artifact_id and c.state = 'left_out' and c.due_at < now() - interval '1 day'
  )
  select artifact_id from reviewed order by artifact_id offset $2 - 1`;

const FIRST = '00000000-0000-0000-0000-000000000000';

/** The table of copies. Calls reject with {@link DatabaseUnavailable}. */
export interface ArtifactCopies {
  add(copies: readonly ArtifactCopy[]): Promise<void>;
  /** Claims copies that are due, for `leaseMs`. */
  claim(limit: number, leaseMs: number): Promise<readonly ClaimedCopy[]>;
  copied(id: string, runId: string): Promise<void>;
  leaveOut(id: string, reason: string): Promise<void>;
  wait(id: string, ms: number, reason: string): Promise<void>;
  /** As `wait`, after an attempt that failed at this artifact: it comes after those without a failure. */
  fail(id: string, ms: number, reason: string): Promise<void>;
  /** Gives up claims whose copies were not tried. */
  release(ids: readonly string[]): Promise<void>;
  /** Makes the other copies of the same name wait again. */
  againForName(copy: ArtifactCopy): Promise<void>;
  /**
   * Makes copies wait again whose trial has another MLflow run now, or that were left out for a day. It reads a part of
   * the table, and returns the id after which the next part starts; undefined at the end of the table.
   */
  review(after?: string): Promise<string | undefined>;
}

export function artifactCopies(pool: pg.Pool): ArtifactCopies {
  const ask = (sql: string, values: readonly unknown[]): Promise<pg.QueryResult> =>
    pool.query(sql, [...values]).catch((error: unknown) => {
      throw new DatabaseUnavailable(error);
    });
  return {
    async add(copies) {
      if (copies.length === 0) return;
      await ask(ADD, [
        fixedArray(
          UUID,
          copies.map(({ artifact_id }) => artifact_id),
        ),
        textArray(copies.map(({ model_run_id }) => model_run_id)),
        textArray(copies.map(({ trial_id }) => trial_id)),
        textArray(copies.map(({ uri }) => uri)),
        textArray(copies.map(({ name }) => name)),
      ]);
    },
    claim: async (limit, leaseMs) => (await ask(CLAIM, [limit, leaseMs])).rows as ClaimedCopy[],
    copied: async (id, runId) => void (await ask(COPIED, [id, runId])),
    leaveOut: async (id, reason) => void (await ask(LEAVE_OUT, [id, reason])),
    wait: async (id, ms, reason) => void (await ask(WAIT, [id, ms, reason])),
    fail: async (id, ms, reason) => void (await ask(FAIL, [id, ms, reason])),
    release: async (ids) => void (ids.length > 0 && (await ask(RELEASE, [ids]))),
    againForName: async ({ artifact_id, model_run_id, trial_id, name }) =>
      void (await ask(AGAIN, [model_run_id, trial_id, name, artifact_id])),
    async review(after = FIRST) {
      const { rows } = await ask(REVIEW, [after, REVIEWED]);
      return (rows as { artifact_id: string }[])[0]?.artifact_id;
    },
  };
}
