import type { Alert } from './alert.ts';
import { BRIDGE_ALERTS } from './alerts/bridge.ts';
import { DELIVERY_ALERTS } from './alerts/delivery.ts';
import { DEPENDENCY_ALERTS } from './alerts/dependencies.ts';
import { KAFKA_ALERTS } from './alerts/kafka.ts';
import { PROCESS_ALERTS } from './alerts/processes.ts';
import { BURN_ALERTS } from './service-levels.ts';

/** Every alert, by the group of its rules. docs/operations.md has a section for each. */
export const ALERTS: Readonly<Record<string, readonly Alert[]>> = {
  'service-levels': BURN_ALERTS,
  delivery: DELIVERY_ALERTS,
  processes: PROCESS_ALERTS,
  dependencies: DEPENDENCY_ALERTS,
  bridge: BRIDGE_ALERTS,
  kafka: KAFKA_ALERTS,
};

export const ALL_ALERTS: readonly Alert[] = Object.values(ALERTS).flat();
