import pg from 'pg';

export const COMPARED = [
  'model_runs',
  'cerebros_model_trials',
  'model_artifacts',
  'trial_metrics',
  'trial_metric_points',
  'trial_attempt_points',
  'trial_index',
  'trial_parameter_values',
  'trial_final_metric_values',
  'run_metric_names',
] as const;
/** Views are empty with their tables, and `trial_index` with the trials. */
const EMPTIED = COMPARED.filter((table) => !/_points$|_values$|^trial_index$/.test(table));

/** The content of the tables without bookkeeping columns, each row as the text that Postgres makes of it. */
export type Content = Readonly<Partial<Record<(typeof COMPARED)[number], readonly string[]>>>;

/** A connection through which a test reads the tables. */
export class Tables {
  readonly client: pg.Client;

  constructor(databaseUrl: string) {
    this.client = new pg.Client({ connectionString: databaseUrl });
  }

  open = () => this.client.connect();
  close = () => this.client.end();

  async query<T extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    return (await this.client.query<T>(sql, [...values])).rows;
  }

  async empty(): Promise<void> {
    // Not truncate: for a few rows it costs a hundred times more.
    await this.query(EMPTIED.map((table) => `delete from ${table}`).join('; '));
  }

  /** Without `trial_metrics`, whose integers depend on the order of arrival; the views have the names and ids instead. */
  async content(): Promise<Content> {
    const content: Record<string, readonly string[]> = {};
    for (const table of COMPARED.filter((name) => name !== 'trial_metrics')) {
      const [columns] = await this.query<{ list: string }>(
        `select string_agg(quote_ident(column_name), ', ' order by column_name) as list
         from information_schema.columns
         where table_schema = 'public' and table_name = $1 and column_name not in ('created_at', 'updated_at', 'remove_at', 'removed_at', 'trial_key')`,
        [table],
      );
      const rows = await this.query<{ row: string }>(
        `select row(${columns?.list})::text as row from ${table} order by 1`,
      );
      content[table] = rows.map(({ row }) => row);
    }
    return content;
  }
}
