import { execFileSync } from 'node:child_process';

/** The interpreter behind `python3`, which may be a wrapper that takes longer to start. */
export const PYTHON = execFileSync('python3', ['-I', '-S', '-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim();

/** The path of a Python program of the tests. */
export const program = (name: string): string => new URL(`../programs/${name}`, import.meta.url).pathname;

/** A small environment for programs. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  LANG: 'C.UTF-8',
};
