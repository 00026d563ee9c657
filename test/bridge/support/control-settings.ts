import type { ProcessControlSettings } from '../../../src/bridge/process/process-control.ts';
import { ENVIRONMENT, PYTHON } from './python.ts';

export const CONTROL: ProcessControlSettings = {
  python: PYTHON,
  environment: ENVIRONMENT,
  pidNamespace: 'auto',
  leaseMs: 15_000,
  graceMs: 5_000,
  niceness: 5,
};
