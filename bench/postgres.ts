import { measureQueries, TEN_MILLION } from './postgres/queries.ts';
import { measureSink } from './postgres/sink.ts';

/**
 * `node bench/postgres.ts [sink] [queries]`: the Postgres sink from memory, and what is asked of ten million points, on a new
 * database of the server that DATABASE_URL names. Without arguments, both.
 */
const [, , ...asked] = process.argv;
const wants = (name: string): boolean => asked.length === 0 || asked.includes(name);
const number = (value: number): string => Math.round(value).toLocaleString('en');

const FLEETS = [
  { title: '120 trials side by side', shape: { partitions: 6, trials: 120, steps: 2_000 } },
  { title: '3,000 trials side by side', shape: { partitions: 6, trials: 3_000, steps: 80 } },
] as const;

if (wants('sink')) {
  console.log('Postgres sink from memory: events of two measurements, six partitions, chunks of 4,000');
  for (const { title, shape } of FLEETS) {
    for (const concurrency of [1, 3]) {
      const figures = await measureSink(shape, concurrency);
      console.log(
        `  ${title}, ${concurrency} partition(s) at once: ${number(figures.eventsPerSecond)} events/s, ` +
          `${number(figures.pointsPerSecond)} points/s, ${figures.cpuMicrosPerEvent.toFixed(1)} us of this process an event`,
      );
    }
  }
}

if (wants('queries')) {
  const { trials, trained, steps } = TEN_MILLION;
  console.log(`\nQueries on ${number(trained * steps * 2)} points and ${number(trials)} trials`);
  for (const { name, milliseconds, plan } of await measureQueries(TEN_MILLION)) {
    console.log(`\n${name}: ${milliseconds.toFixed(1)} ms`);
    for (const line of plan) console.log(`    ${line}`);
  }
}
