import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { printError } from '../dev/machine/print-error.ts';
import { HOME } from '../dev/stack/folders.ts';
import { createPoster } from '../src/fleet/poster.ts';
import { type Place, withPlace } from './place.ts';
import { type Started, startRoles } from './process.ts';
import { MemorySamples } from './soak/memory.ts';
import { runMinutes, type SoakMinute, together } from './soak/minute.ts';
import { reportOf } from './soak/report.ts';
import { compareStored, type Stored } from './soak/stored.ts';
import { type Figure, format, formatTable } from './table.ts';
import { withStack } from './with-stack.ts';

const MINUTES = 60;
const CONNECTIONS = 256;
const ANSWER_TIMEOUT_MS = 30_000;
const LIMIT_MS = 100;
/** Growth of a process from the second quarter of the time to the last that counts as noise. */
const FLAT = 1.1;
/** The roles of each process. The mirror to MLflow and the bridge are left out: they run Python servers on the same processors. */
const PROCESSES = {
  gateway: ['gateway'],
  router: ['router'],
  postgres: ['postgres'],
  archive: ['archive'],
  'live, queries, observer': ['live', 'queries', 'observer'],
} as const;
const MEBIBYTE = 1_048_576;

interface Soak {
  readonly minutes: readonly SoakMinute[];
  readonly memory: MemorySamples;
  readonly stored: Stored;
}

async function measure(place: Place, minutes: number, signal: AbortSignal): Promise<Soak> {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-soak-'));
  const started: Record<string, Started & { readonly url: string }> = {};
  const memory = new MemorySamples(started);
  let poster: ReturnType<typeof createPoster> | undefined;
  try {
    for (const [name, roles] of Object.entries(PROCESSES)) started[name] = await startRoles(place, roles);
    poster = createPoster({
      gatewayUrl: started.gateway?.url ?? '',
      connections: CONNECTIONS,
      timeoutMs: ANSWER_TIMEOUT_MS,
    });
    memory.start();
    const results = await runMinutes(minutes, poster, folder, signal, (minute, result) => {
      const { latencies, accepted } = together([result]);
      const p95 = format(latencies.quantileMs(0.95), 1);
      const mib = memory.names.map((name) => `${name} ${format((started[name]?.residentBytes() ?? 0) / MEBIBYTE)}`);
      console.log(`minute ${minute + 1}: ${format(accepted)} events, p95 ${p95} ms; MiB: ${mib.join('; ')}`);
    });
    memory.stop();
    const { accepted, trials } = together(results);
    const ledgers = results.flatMap((result) => result.ledgers);
    return { minutes: results, memory, stored: await compareStored(place, ledgers, accepted, trials) };
  } finally {
    memory.stop();
    poster?.close();
    for (const each of Object.values(started).reverse()) await each.stop();
    rmSync(folder, { recursive: true });
  }
}

function figuresOf({ minutes, memory, stored }: Soak): readonly Figure[] {
  const { latencies, trials, accepted, rejected, unknown } = together(minutes);
  const p95 = latencies.quantileMs(0.95);
  const work = `${minutes.length} minutes, ${format(trials)} trials, ${format(accepted)} events`;
  const growth = memory.names.map((name) => ({
    name,
    factor: memory.meanOf(name, 0.75, 1) / memory.meanOf(name, 0.25, 0.5),
  }));
  const most = growth.toSorted((a, b) => b.factor - a.factor)[0];
  const isWhole = stored.points === stored.pointsExpected && stored.endedTrials === trials;
  return [
    {
      work: `${work}: acknowledged`,
      measured: `p95 ${format(p95, 1)} ms; ${format(rejected)} rejected, ${format(unknown)} without an answer`,
      toReach: `p95 under ${LIMIT_MS} ms, every event acknowledged`,
      met: p95 < LIMIT_MS && rejected + unknown === 0,
    },
    {
      work: 'memory from the second quarter of the time to the last',
      measured: growth.map(({ name, factor }) => `${name} ${format((factor - 1) * 100, 1)} %`).join('; '),
      toReach: `flat: at most ${format((FLAT - 1) * 100)} % more`,
      met: most !== undefined && most.factor <= FLAT,
    },
    {
      work: 'points and ended trials in Postgres',
      measured: `${format(stored.points)} of ${format(stored.pointsExpected)} points, ${format(stored.endedTrials)} of ${format(trials)} trials`,
      toReach: 'as many as were acknowledged',
      met: isWhole,
    },
    {
      work: 'acknowledged events, each looked for by its id',
      measured: `${format(stored.missing)} of ${format(stored.acknowledged)} missing, ${format(stored.deadLetters)} dead letters`,
      toReach: 'none missing, no dead letter',
      met: stored.missing + stored.unwanted + stored.deadLetters === 0 && stored.acknowledged === accepted,
    },
  ];
}

const USAGE = `usage: npm run soak [-- MINUTES [REPORT]]   (${MINUTES} minutes; the report is a file of Markdown)`;

async function main([minutesText = String(MINUTES), report = join(HOME, 'soak.md'), ...rest]: string[]): Promise<void> {
  const minutes = Number(minutesText);
  if (!Number.isInteger(minutes) || minutes < 1 || rest.length > 0) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const soak = await withStack([], (signal) => withPlace((place) => measure(place, minutes, signal)));
  const figures = figuresOf(soak);
  for (const example of soak.stored.examples) console.log(`missing or unwanted: ${example}`);
  mkdirSync(dirname(report), { recursive: true });
  writeFileSync(report, reportOf(`npm run soak -- ${minutes}`, soak.minutes, soak.memory, figures));
  console.log(`\n${formatTable(figures)}\n\nreport: ${report}`);
  process.exitCode = figures.every(({ met }) => met) ? 0 : 1;
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  printError(error);
  process.exitCode = 1;
});
