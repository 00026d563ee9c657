/**
 * How each process of the command is started: flags of Node and V8, and variables of the C library. All of them are read
 * when a process starts, so `bin/thunderline.js` and the primary of a gateway apply them to the process they start.
 */
export interface ProcessSettings {
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** kafkajs computes timers whose time has passed already, and Node would warn about each. */
const QUIET_TIMERS = '--disable-warning=TimeoutNegativeWarning';

/**
 * The size up to which V8 grows each half of the young generation, in MiB, by command; unset, it is 16 MiB and more on large
 * machines. A posted event lives until Kafka has acknowledged it, and a replayed one until Postgres has: with a larger young
 * generation such events would be copied more often, not less.
 */
const SEMI_SPACE_MIB: Readonly<Record<string, number>> = { replay: 8, serve: 32, start: 32 };

/** Keeps glibc from holding freed buffers for each thread: a replay reads on many of them. */
const FEW_ARENAS = { MALLOC_ARENA_MAX: '2' };

/**
 * Makes glibc return every freed buffer of a megabyte or more to the system. Otherwise it keeps buffers up to the size of the
 * largest one that was freed, which for fetches and bodies is all of them: a mirror with a backlog held 495 MiB, of which 126
 * were in use.
 */
const LARGE_BUFFERS_RETURNED = { MALLOC_MMAP_THRESHOLD_: '1048576' };

const ENVIRONMENTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  replay: FEW_ARENAS,
  serve: LARGE_BUFFERS_RETURNED,
  start: LARGE_BUFFERS_RETURNED,
};

/** The settings of the process that runs `thunderline <command>`. */
export function processSettings(command: string | undefined): ProcessSettings {
  const semiSpace = SEMI_SPACE_MIB[command ?? ''];
  return {
    flags: [QUIET_TIMERS, ...(semiSpace === undefined ? [] : [semiSpaceFlag(semiSpace)])],
    environment: ENVIRONMENTS[command ?? ''] ?? {},
  };
}

/**
 * Flags of each worker of a gateway, added to those of its primary. Collecting young garbage on several threads shortens
 * pauses while processors are idle, and workers leave none idle. A request's objects are garbage within milliseconds: a
 * young generation that fits the caches of a processor is faster by a tenth.
 */
export const GATEWAY_WORKER_FLAGS: readonly string[] = ['--no-parallel-scavenge', semiSpaceFlag(8)];

function semiSpaceFlag(mebibytes: number): string {
  return `--max-semi-space-size=${mebibytes}`;
}
