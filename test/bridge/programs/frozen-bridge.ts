import { openProcessControl } from '../../../src/bridge/process/process-control.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { CONTROL } from '../support/control-settings.ts';
import { ENVIRONMENT, PYTHON, program } from '../support/python.ts';

/**
 * A bridge to kill or to suspend: `frozen-bridge.ts TAG auto|off LEASE_MS` keeps the program `family.py`, prints "ready"
 * once all four processes run, and renews its lease four times in each LEASE_MS.
 */
const [tag = '', pidNamespace = '', lease = ''] = process.argv.slice(2);
const leaseMs = Number(lease);
const settings = { ...CONTROL, pidNamespace: pidNamespace as 'auto' | 'off', leaseMs };
const control = await openProcessControl(settings, { log: createLog('silent'), metrics: createMetrics() });
control.renewed(performance.now());
setInterval(() => control.renewed(performance.now()), leaseMs / 4);
const kept = await control.start({
  program: [PYTHON, program('family.py'), tag, 'wait'],
  cwd: '/',
  environment: ENVIRONMENT,
  stdin: 'pipe',
  memoryBytes: 0,
  watchBytes: 0,
});
kept.stdout.pipe(process.stdout);
