import { freePort } from '../support/free-port.ts';
import { type RunningCommand, startThunderline } from '../support/thunderline.ts';
import { until } from '../support/until.ts';

/** A command starts slowly on a busy machine. */
const START_MS = 300_000;

/** The role `live` in a process of its own, which can be killed and started again at the same address. */
export interface LiveProcess {
  readonly port: number;
  readonly url: string;
  /** Resolves when it serves. */
  start(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export async function createLiveProcess(
  world: { readonly environment: NodeJS.ProcessEnv },
  environment: Readonly<Record<string, string>> = {},
): Promise<LiveProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let running: RunningCommand | undefined;
  return {
    port,
    url,
    async start() {
      const settings = { ...world.environment, ...environment, PORT: String(port) };
      running = startThunderline(settings, ['serve', '--roles', 'live']);
      await until('the live feed serves', START_MS, async () => (await fetch(`${url}/health/ready`)).ok);
    },
    async kill(signal) {
      running?.child.kill(signal);
      await running?.ended;
      running = undefined;
    },
  };
}
