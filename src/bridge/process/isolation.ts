import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** How the processes of a worker are found, so that all of them end with it. */
export type Isolation =
  /** The keeper is the first process of a PID namespace: the kernel ends all others with it. */
  | { readonly kind: 'namespace'; readonly prefix: readonly string[]; readonly described: string }
  /** The keeper adopts orphans and kills its descendants one by one. */
  | { readonly kind: 'tree'; readonly prefix: readonly []; readonly described: string };

const run = promisify(execFile);
const PROBE_MS = 10_000;
/** File systems that are mounted later reach a worker too: its mounts are a slave of the bridge's. */
const UNSHARE = ['unshare', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', '--propagation', 'slave'] as const;
/** With the death signal, the kernel ends the namespace with the bridge even while the keeper is suspended. */
const CANDIDATES: readonly (readonly string[])[] = [
  ['setpriv', '--pdeathsig', 'KILL', ...UNSHARE],
  UNSHARE,
  ['unshare', '--user', '--map-current-user', ...UNSHARE.slice(1)],
];

export const TREE: Isolation = { kind: 'tree', prefix: [], described: 'BRIDGE_PID_NAMESPACE is off' };

/**
 * Tries whether a PID namespace can be created: container runtimes usually forbid it.
 *
 * @param python an interpreter that can be executed.
 */
export async function probeIsolation(
  python: string,
  environment: Readonly<Record<string, string>>,
): Promise<Isolation> {
  const check = [
    python,
    '-I',
    '-S',
    '-c',
    'import os; print(os.getpid(), os.getuid(), open("/proc/self/stat").read(2))',
  ];
  const reasons: string[] = [];
  for (const prefix of process.platform === 'linux' ? CANDIDATES : []) {
    const [file = '', ...args] = [...prefix, ...check];
    try {
      const { stdout } = await run(file, args, { env: environment, timeout: PROBE_MS });
      if (stdout.trim() === `1 ${process.getuid?.()} 1`)
        return { kind: 'namespace', prefix, described: prefix.join(' ') };
      reasons.push(`${file}: unexpected answer ${JSON.stringify(stdout)}`);
    } catch (error) {
      const { stderr, message } = error as Error & { readonly stderr?: string };
      reasons.push(stderr?.trim() || message);
    }
  }
  const described = reasons.at(-1) ?? `no PID namespaces on ${process.platform}`;
  return { kind: 'tree', prefix: [], described };
}
