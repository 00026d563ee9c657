import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PYTHON } from '../support/python.ts';

const KEEPER = join(import.meta.dirname, '../../../src/bridge/process/keeper.py');

/** A process with 100 MB, a child that shares them, and a child that has ended. Prints the memory of all three in KiB. */
const MEASURE = `
import importlib.util, os, signal, sys
spec = importlib.util.spec_from_file_location("keeper", sys.argv[1])
keeper = importlib.util.module_from_spec(spec)
spec.loader.exec_module(keeper)
held = bytearray(b"1") * 100_000_000
child = os.fork()
if child == 0: signal.pause()
ended = os.fork()
if ended == 0: os._exit(0)
os.waitid(os.P_PID, ended, os.WEXITED | os.WNOWAIT)
print(keeper.memory_kib([os.getpid(), child, ended], 100_000))
os.kill(child, signal.SIGKILL)
`;

test('a process that ends during the measurement does not make shared memory count more than once', () => {
  const kib = Number(execFileSync(PYTHON, ['-I', '-S', '-c', MEASURE, KEEPER], { encoding: 'utf8' }));
  expect(kib).toBeGreaterThan(97_000);
  expect(kib).toBeLessThan(150_000);
});
