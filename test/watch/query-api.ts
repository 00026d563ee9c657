/** One series of an answer: its labels and its values with their times. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

export interface Rule {
  readonly type: 'alerting' | 'recording';
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

/** The API of a Prometheus. */
export interface QueryApi {
  /** The values over the last `seconds`; throws for an error and for a warning. */
  range(expr: string, seconds: number): Promise<readonly Series[]>;
  rules(): Promise<readonly Rule[]>;
  /** The ids of the traces that the values of a metric name. */
  traceIds(metric: string): Promise<readonly string[]>;
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly data: unknown;
}

interface Exemplars {
  readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

const STEP_SECONDS = 2;
const EXEMPLAR_SECONDS = 600;

export function createQueryApi(url: string): QueryApi {
  async function ask(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, error, warnings = [], data } = (await answer.json()) as Answer;
    if (status !== 'success' || warnings.length > 0) throw new Error(error ?? warnings.join('; '));
    return data;
  }
  return {
    async range(query, seconds) {
      const end = Date.now() / 1_000;
      const bounds = { start: String(end - seconds), end: String(end), step: `${STEP_SECONDS}s` };
      return ((await ask('query_range', { query, ...bounds })) as { result: Series[] }).result;
    },
    async traceIds(metric) {
      const end = Date.now() / 1_000;
      const bounds = { start: String(end - EXEMPLAR_SECONDS), end: String(end) };
      const series = (await ask('query_exemplars', { query: metric, ...bounds })) as Exemplars[];
      return series.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id ?? ''));
    },
    async rules() {
      const { groups } = (await ask('rules')) as { groups: { rules: Rule[] }[] };
      return groups.flatMap(({ rules }) => rules);
    },
  };
}
