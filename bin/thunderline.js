#!/usr/bin/env node
// `npx thunderline` from any Node: the sources are TypeScript, which the pinned Node runs as they are.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const main = join(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '../src/cli/main.ts');
const args = process.argv.slice(2);

const isReplay = args[0] === 'replay';
// A timer of kafkajs is always late, and says so. What a replay reads lives until Postgres has stored it: for that V8 would let
// its young generation grow to 128 MB, and the C library would keep freed buffers for each thread; neither makes it faster.
const flags = ['--disable-warning=TimeoutNegativeWarning', ...(isReplay ? ['--max-semi-space-size=8'] : [])];
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
