import type { Variables } from './parts/part.ts';

/** Thunderline's own worker is kept warm. A script of the user is started as the documentation says, unless they set a mode. */
export const bridgeMode = ({ CEREBROS_SCRIPT_PATH }: NodeJS.ProcessEnv): Variables =>
  CEREBROS_SCRIPT_PATH ? {} : { BRIDGE_MODE: 'warm' };
