#!/usr/bin/env node
// `npx thunderline` under any Node: the sources are TypeScript, which the pinned Node runs without a build.
import { spawn } from 'node:child_process';
import module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);
const main = join(dirname(self), '../src/cli/main.ts');
const args = process.argv.slice(2);
/** Node keeps what it has compiled there, and a command starts in half the time. A folder that cannot be written is ignored. */
const compiled = process.env.NODE_COMPILE_CACHE ?? join(dirname(self), '../node_modules/.cache/thunderline');

if (Number(process.versions.node.split('.')[0]) < 24) {
  const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node');
  const child = spawn(node, [self, ...args], {
    stdio: 'inherit',
    env: { ...process.env, THUNDERLINE_LAUNCHER: String(process.pid) },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
} else if (process.execve !== undefined) {
  const { processSettings } = await import('../src/process-flags.ts');
  const { flags, environment } = processSettings(args[0]);
  // Replaces this process, because Node and V8 read their flags at the start.
  const nodeArgs = [process.execPath, ...process.execArgv, ...flags, main, ...args];
  process.execve(process.execPath, nodeArgs, { ...process.env, NODE_COMPILE_CACHE: compiled, ...environment });
} else {
  module.enableCompileCache(compiled);
  await import(main);
}
