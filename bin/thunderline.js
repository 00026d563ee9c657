#!/usr/bin/env node
// `npx thunderline` from any Node: the sources are TypeScript, which the pinned Node runs as they are.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const main = join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '../src/cli/main.ts');
const args = process.argv.slice(2);

const isReplay = args[0] === 'replay';
// What is posted lives until Kafka has it, what a replay reads until Postgres has: for that V8 would let half of its young
// generation grow to 64 MB, and in a replay the C library would keep freed buffers for each thread. Neither makes it faster.
const youngMegabytes = { replay: 8, serve: 32, start: 32 }[args[0]];
const young = youngMegabytes === undefined ? [] : [`--max-semi-space-size=${youngMegabytes}`];
// A timer of kafkajs is always late, and says so.
const flags = ['--disable-warning=TimeoutNegativeWarning', ...young];
const environment = isReplay ? { ...process.env, MALLOC_ARENA_MAX: '2' } : process.env;

if (Number(process.versions.node.split('.')[0]) < 24) {
  const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node');
  const child = spawn(node, [...flags, main, ...args], { stdio: 'inherit', env: environment });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
} else if (process.execve !== undefined) {
  // In place of this process, which took its settings when it started.
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...flags, main, ...args], environment);
} else {
  await import(main);
}
