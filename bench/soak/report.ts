import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import type { Figure } from '../table.ts';
import { format } from '../table.ts';
import type { MemorySamples } from './memory.ts';
import { type SoakMinute, together } from './minute.ts';

const MEBIBYTE = 1_048_576;
/** Rows of the table over time, at most. */
const ROWS = 12;

const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const commit = (): string => {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
};

/** The latency over time: the minutes in at most twelve groups. */
function overTime(minutes: readonly SoakMinute[]): string {
  const size = Math.ceil(minutes.length / ROWS);
  const groups = Array.from({ length: Math.ceil(minutes.length / size) }, (_, group) =>
    minutes.slice(group * size, (group + 1) * size),
  );
  const rows = groups.map((group, index) => {
    const all = together(group);
    const at = (share: number): string => format(all.latencies.quantileMs(share), 1);
    const name = `${index * size + 1} to ${index * size + group.length}`;
    return [
      name,
      format(all.accepted),
      format(all.retries),
      at(0.5),
      at(0.95),
      at(0.99),
      format(all.latencies.maxMs, 1),
    ];
  });
  return table(['minutes', 'events acknowledged', 'requests sent again', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'], rows);
}

function overMemory(memory: MemorySamples): string {
  const mib = (bytes: number): string => `${format(bytes / MEBIBYTE)} MiB`;
  const quarters = [0, 0.25, 0.5, 0.75];
  const rows = memory.names.map((name) => [
    name,
    ...quarters.map((from) => mib(memory.meanOf(name, from, from + 0.25))),
    mib(memory.greatestOf(name)),
  ]);
  return table(['process', ...quarters.map((_, index) => `quarter ${index + 1}`), 'peak'], rows);
}

/** The report of a soak as Markdown. */
export function reportOf(
  command: string,
  minutes: readonly SoakMinute[],
  memory: MemorySamples,
  figures: readonly Figure[],
): string {
  const machine = `${cpus().length} processors, ${format(totalmem() / MEBIBYTE / 1_024)} GiB`;
  const rows = figures.map(({ work, measured, toReach, met }) => [work, measured, toReach, met ? 'met' : 'NOT MET']);
  return `# Soak

\`${command}\` on a machine of ${machine}, commit ${commit()}, ${new Date().toISOString().slice(0, 10)}.
[performance.md](performance.md#soak) describes the load.

${table(['', 'measured', 'target', ''], rows)}

## Response time

${overTime(minutes)}

## Resident memory

Mean per quarter of the run, for the largest process of each role.

${overMemory(memory)}
`;
}
