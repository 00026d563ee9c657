import { join } from 'node:path';
import { printError } from '../../../dev/machine/print-error.ts';
import { createProgress } from '../../../dev/machine/progress.ts';
import { HOME } from '../../../dev/stack/folders.ts';
import startOtherParts from '../../runner/global-setup.ts';
import { startBrokers } from './brokers.ts';

/** Starts three brokers, then the other parts. */
export default async function setUp(): Promise<void> {
  const progress = createProgress(process.stderr);
  const brokers = await startBrokers(join(HOME, 'cluster'), progress).catch((error: unknown) => {
    printError(error);
    process.exit(1);
  });
  progress.end();
  globalThis.brokersOfTests = brokers;
  process.env.KAFKA_BROKERS = brokers.addresses;
  await startOtherParts();
}
