import { countCall, countCalls } from '../dependency-calls.ts';
import type { Metrics } from '../metrics.ts';
import { IncompatibleSchema, type Registry } from './registry.ts';

/** A registry whose calls are counted. A registration is one call, although it takes several requests. */
export function countedRegistry(registry: Registry, metrics: Metrics): Registry {
  const start = countCalls(metrics, 'registry');
  const resultOf = (error: unknown) => (error instanceof IncompatibleSchema ? 'refused' : 'failed');
  return {
    register: (subject, text) => countCall(start, () => registry.register(subject, text), resultOf),
    schemaText: (id) => countCall(start, () => registry.schemaText(id), resultOf),
  };
}
