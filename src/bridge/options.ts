import { integer, list, MEBIBYTE, oneOf, option, optional, text, type Values } from '../option.ts';

/** How the bridge runs Python workers. */
export const bridgeOptions = {
  python: option(
    'CEREBROS_PYTHON',
    text,
    'python3',
    'The interpreter of workers, Python 3.10 or later: a path, or a name that is searched in PATH.',
  ),
  scriptPath: option(
    'CEREBROS_SCRIPT_PATH',
    optional(text),
    undefined,
    "The script that runs operations (docs/bridge-contract.md); if absent, Thunderline's own worker.",
  ),
  repoPath: option(
    'CEREBROS_REPO_PATH',
    optional(text),
    undefined,
    'The directory in which the script runs; if absent, the directory of the script.',
  ),
  mode: option(
    'BRIDGE_MODE',
    oneOf(['oneshot', 'warm'] as const),
    'oneshot',
    'How operations reach the script: oneshot starts it for each, warm keeps it running with --serve.',
  ),
  workers: option(
    'BRIDGE_WORKERS',
    integer(1, 1_000),
    '4',
    'Workers that one bridge runs at the same time, unless BRIDGE_GPUS decides.',
  ),
  gpus: option(
    'BRIDGE_GPUS',
    list,
    '',
    'GPUs for workers, separated by commas: one worker for each, with that value as its CUDA_VISIBLE_DEVICES. A GPU that is named twice has two workers.',
  ),
  environment: option(
    'BRIDGE_ENVIRONMENT',
    list,
    '',
    'Further variables of the bridge that workers get, separated by commas; a name may end in *. docs/bridge-contract.md lists those that they always get.',
  ),
  graceMs: option(
    'BRIDGE_GRACE_MS',
    integer(0, 600_000),
    '5000',
    'Time from SIGTERM to SIGKILL for the processes of a worker that is stopped, in milliseconds.',
  ),
  outputBytes: option(
    'BRIDGE_OUTPUT_BYTES',
    integer(1_024, 64 * MEBIBYTE),
    String(MEBIBYTE),
    'Bytes on STDOUT (in the mode warm: of one line) beyond which a worker is killed; its result must fit.',
  ),
  memoryBytes: option(
    'BRIDGE_MEMORY_BYTES',
    integer(0),
    '0',
    'Memory of a worker and its descendants beyond which they are killed, in bytes; 0 switches the limit off.',
  ),
  niceness: option('BRIDGE_NICE', integer(0, 19), '5', 'Number added to the niceness of workers.'),
  pidNamespace: option(
    'BRIDGE_PID_NAMESPACE',
    oneOf(['auto', 'off'] as const),
    'auto',
    'Whether each worker runs in a PID namespace of its own: auto where the system permits it, or off.',
  ),
  startMs: option(
    'BRIDGE_START_MS',
    integer(100, 3_600_000),
    '120000',
    'Time from the start of a warm worker to its ready line, imports included, in milliseconds.',
  ),
  heartbeatMs: option(
    'BRIDGE_HEARTBEAT_MS',
    integer(100, 3_600_000),
    '30000',
    'Time without a line after which a warm worker that runs a command is killed, in milliseconds.',
  ),
  warmCommands: option('BRIDGE_WARM_COMMANDS', integer(1), '1000', 'Commands after which a warm worker is replaced.'),
  warmBytes: option(
    'BRIDGE_WARM_BYTES',
    integer(0),
    String(4096 * MEBIBYTE),
    'Memory of a warm worker and its descendants above which it is replaced after its command, in bytes; 0 switches this off.',
  ),
  cacheMs: option(
    'BRIDGE_CACHE_MS',
    integer(0),
    '30000',
    'How long a result of start_run or finalize_run is reused for the same payload, in milliseconds; 0 switches this off.',
  ),
} as const;

export type BridgeConfig = Values<typeof bridgeOptions>;
