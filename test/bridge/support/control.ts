import { afterAll } from '@jest/globals';
import {
  openProcessControl,
  type ProcessControl,
  type ProcessControlSettings,
} from '../../../src/bridge/process/process-control.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics, type Metrics } from '../../../src/metrics.ts';
import { CONTROL } from './control-settings.ts';
import { expectNoneLeft } from './none-left.ts';

const opened: ProcessControl[] = [];
afterAll(async () => {
  await Promise.all(opened.map((control) => control.close()));
  await expectNoneLeft();
});

/** Process control that is closed at the end of the test file. */
export async function createControl(
  settings: Partial<ProcessControlSettings> = {},
): Promise<{ readonly control: ProcessControl; readonly metrics: Metrics }> {
  const metrics = createMetrics();
  const control = await openProcessControl({ ...CONTROL, ...settings }, { log: createLog('silent'), metrics });
  opened.push(control);
  return { control, metrics };
}
