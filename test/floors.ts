import type { SourceFile } from './source-files.ts';

/**
 * The rooms of `src/` (its folders and its single files) by floor, from the ground up. A room imports rooms of its own
 * floor and of those below, never of a floor above.
 */
export const FLOORS = {
  Ground: [
    'address.ts',
    'bounded-cache.ts',
    'credentials.ts',
    'dependency-calls.ts',
    'errors.ts',
    'feed-position.ts',
    'is-bug.ts',
    'log.ts',
    'metrics',
    'metrics.ts',
    'network-error.ts',
    'option.ts',
    'outage-log.ts',
    'position-text.ts',
    'printable.ts',
    'process-flags.ts',
    'process-stat.ts',
    'record.ts',
    'redact.ts',
    'secret.ts',
    'secrets-of-setting.ts',
    'setting-text.ts',
    'telemetry.ts',
    'topics.ts',
    'version.ts',
  ],
  Formats: ['avro', 'events', 'statistics'],
  Transport: ['kafka', 'store', 'access', 'mlflow', 'tracing'],
  Delivery: ['runtime'],
  Work: [
    'artifacts',
    'bridge',
    'cluster',
    'fleet',
    'http',
    'live',
    'observer',
    'pages',
    'processors',
    'producers',
    'queries',
    'retention',
    'sinks',
  ],
  Assembly: [
    'config-problems.ts',
    'config.ts',
    'connections.ts',
    'consume.ts',
    'dependencies.ts',
    'platform.ts',
    'start-telemetry.ts',
    'watch-launcher.ts',
  ],
  Roles: ['pipeline.ts', 'roles'],
  Entrances: ['cli', 'mlflow-import', 'mlflow-sync', 'replay', 'serve.ts'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

const NAMES: readonly string[] = Object.keys(FLOORS);

/** `src/kafka/wire/crc32c.ts` is in the room `kafka`. */
const roomOf = (path: string): string => path.split('/')[1] ?? '';

const floorOf = (room: string): number =>
  Object.values<readonly string[]>(FLOORS).findIndex((rooms) => rooms.includes(room));

/** Every import that points to a higher floor, and every room that is on no floor, one line each. */
export function upwardImports(files: readonly SourceFile[]): string[] {
  const homeless = [...new Set(files.map(({ path }) => roomOf(path)))].filter((room) => floorOf(room) < 0);
  const upward = files.flatMap(({ path, imports }) =>
    imports
      .map(({ target }) => ({ target, from: floorOf(roomOf(path)), to: floorOf(roomOf(target)) }))
      .filter(({ target, from, to }) => target.startsWith('src/') && to > from && from >= 0)
      .map(
        ({ target, from, to }) =>
          `${path} (${NAMES[from]}) imports ${target} (${NAMES[to]}): no import points up, so pass it as an argument or move ` +
          'what both need to a floor below',
      ),
  );
  return [...homeless.map((room) => `src/${room} is on no floor: add it to FLOORS in test/floors.ts`), ...upward];
}
