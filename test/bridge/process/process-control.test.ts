import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import type { Command, KeptProgram } from '../../../src/bridge/process/kept-program.ts';
import type { ProcessControl } from '../../../src/bridge/process/process-control.ts';
import { eventually } from '../../support/eventually.ts';
import { createControl } from '../support/control.ts';
import { noneLeft, processesWith } from '../support/processes.ts';
import { ENVIRONMENT, PYTHON, program } from '../support/python.ts';

const command = (...args: readonly string[]): Command => ({
  program: [PYTHON, ...args],
  cwd: '/',
  environment: ENVIRONMENT,
  stdin: { text: '' },
  memoryBytes: 0,
  watchBytes: 0,
});

const code = (text: string, ...args: readonly string[]): Command => command('-I', '-c', text, ...args);

/** Resolves once the program has written a line. */
const firstLine = async ({ stdout }: KeptProgram): Promise<string> => String((await once(stdout, 'data'))[0]);

async function outputOf(control: ProcessControl, started: Command): Promise<string> {
  const kept = await control.start(started);
  let output = '';
  kept.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  kept.stderr.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  await kept.ended;
  return output;
}

// In a container without namespaces the first set runs like the second: that is the fallback, and it holds too.
describe.each(['auto', 'off'] as const)('with BRIDGE_PID_NAMESPACE=%s', (pidNamespace) => {
  test('reports the end of a program', async () => {
    const { control } = await createControl({ pidNamespace });
    const ends = [
      { text: 'raise SystemExit(7)', ending: { cause: 'exit', code: 7 } },
      { text: 'import os; os.kill(os.getpid(), 11)', ending: { cause: 'exit', signal: 'SIGSEGV' } },
      { text: 'import os; os.kill(os.getpid(), 9)', ending: { cause: 'exit', signal: 'SIGKILL' } },
    ];
    for (const { text, ending } of ends) {
      const kept = await control.start(code(text));
      expect(await kept.ended).toMatchObject({ ...ending, strays: 0, left: 0, execErrno: 0 });
    }
  });

  test('leaves no process of a program that ends by itself', async () => {
    const { control, metrics } = await createControl({ pidNamespace });
    const tag = randomUUID();
    const kept = await control.start(command(program('family.py'), tag, 'exit'));
    expect(await kept.ended).toMatchObject({ cause: 'exit', code: 0, strays: 3, left: 0 });
    expect(processesWith(tag)).toEqual([]);
    expect((await metrics.bridgeStrays.get()).values[0]?.value).toBe(3);
  });

  test.each(['terminate', 'kill'] as const)('leaves no process after %s', async (how) => {
    const { control } = await createControl({ pidNamespace });
    const tag = randomUUID();
    const kept = await control.start(command(program('family.py'), tag, 'wait'));
    await firstLine(kept);
    // The keeper itself has the tag among its arguments, and in a namespace its parents have it too.
    expect(processesWith(tag).length).toBeGreaterThanOrEqual(5);
    kept[how]();
    const signal = how === 'terminate' ? 'SIGTERM' : 'SIGKILL';
    expect(await kept.ended).toMatchObject({ cause: how === 'kill' ? 'kill' : 'stop', signal, left: 0 });
    expect(processesWith(tag)).toEqual([]);
  });

  test('kills a program that ignores TERM, also a suspended one, when the grace is over', async () => {
    const { control } = await createControl({ pidNamespace, graceMs: 200 });
    const ignore = 'import os, signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); ';
    for (const rest of ['time.sleep(600)', 'os.kill(os.getpid(), signal.SIGSTOP)']) {
      const kept = await control.start(code(ignore + rest));
      await firstLine(kept);
      kept.terminate();
      expect(await kept.ended).toMatchObject({ cause: 'stop', left: 0 });
    }
  });

  test('lets a program that handles TERM end in its own way, with all of its processes', async () => {
    const { control } = await createControl({ pidNamespace });
    const handle =
      'import os, signal, time; signal.signal(15, lambda *_: (os.write(1, b"saved"), os._exit(3))); ' +
      'os.write(1, b"ready"); time.sleep(600)';
    const kept = await control.start(code(handle));
    expect(await firstLine(kept)).toBe('ready');
    let output = '';
    kept.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    kept.terminate();
    expect(await kept.ended).toMatchObject({ cause: 'stop', code: 3 });
    expect(output).toBe('saved');
  });

  test('kills a program whose lease is not renewed', async () => {
    const { control } = await createControl({ pidNamespace, leaseMs: 300 });
    const tag = randomUUID();
    const kept = await control.start(command(program('family.py'), tag, 'wait'));
    await firstLine(kept);
    control.renewed(performance.now());
    expect(await kept.ended).toMatchObject({ cause: 'lease', left: 0 });
    expect(processesWith(tag)).toEqual([]);
    // The lease of a program that starts afterwards has passed as well.
    expect(await (await control.start(code('import time; time.sleep(600)'))).ended).toMatchObject({ cause: 'lease' });
  });

  test('passes on a renewal that arrives while a program starts', async () => {
    const leaseMs = 60_000;
    const { control } = await createControl({ pidNamespace, leaseMs });
    await control.isolation();
    // This lease ends after the start, and before the program does.
    control.renewed(performance.now() - leaseMs + 5_000);
    const starting = control.start(code('import time; time.sleep(6)'));
    await new Promise<void>((resolve) => setImmediate(resolve));
    control.renewed(performance.now());
    expect(await (await starting).ended).toMatchObject({ cause: 'exit', code: 0 });
  });

  test('kills a program that needs too much memory, and reports one that needs much', async () => {
    const { control } = await createControl({ pidNamespace });
    const hungry = 'import time; held = bytearray(200_000_000); time.sleep(600)';
    const seen: number[] = [];
    const kept = await control.start({
      ...code(hungry),
      memoryBytes: 150_000_000,
      watchBytes: 100_000_000,
      onMemory: (bytes) => seen.push(bytes),
    });
    const ending = await kept.ended;
    expect(ending).toMatchObject({ cause: 'memory', signal: 'SIGKILL', left: 0 });
    expect(ending.peakKib).toBeGreaterThan(190_000);
    expect(seen).toHaveLength(1);
  });

  test('counts memory that processes share once', async () => {
    const { control } = await createControl({ pidNamespace });
    const forks =
      'import os, time; held = bytearray(b"1") * 100_000_000\n' +
      'for _ in range(4):\n  if os.fork() == 0: time.sleep(600)\n' +
      'time.sleep(2.5)';
    const kept = await control.start({ ...code(forks), memoryBytes: 250_000_000 });
    expect(await kept.ended).toMatchObject({ cause: 'exit', code: 0, strays: 4 });
  });

  test.each(['SIGKILL', 'SIGSTOP'] as const)('leaves no process when the bridge gets %s', async (signal) => {
    const tag = randomUUID();
    // A lease that is longer than the test shows that the end of the bridge is noticed without one.
    const leaseMs = signal === 'SIGKILL' ? '600000' : '10000';
    const bridge = spawn(process.execPath, [program('frozen-bridge.ts'), tag, pidNamespace, leaseMs]);
    try {
      await once(bridge.stdout, 'data');
      expect(processesWith(tag).length).toBeGreaterThanOrEqual(5);
      bridge.kill(signal);
      await noneLeftBut(tag, signal === 'SIGSTOP' ? bridge.pid : undefined);
    } finally {
      bridge.kill('SIGKILL');
    }
  });

  test('kills what a keeper left that was killed, and reports it', async () => {
    const { control } = await createControl({ pidNamespace });
    const tag = randomUUID();
    const text =
      'import os, subprocess, sys, time; subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", ' +
      'sys.argv[1]], start_new_session=True); print(os.getppid(), flush=True); time.sleep(600)';
    const kept = await control.start(code(text, tag));
    const parent = Number(await firstLine(kept));
    // In a namespace the keeper is process 1, which the host sees under another id: it is the first but the wrappers.
    const keeper = parent === 1 ? processesWith(tag).at(-3) : parent;
    process.kill(keeper as number, 'SIGKILL');
    expect(await kept.ended).toMatchObject({ cause: 'keeper' });
    await noneLeft(tag);
  });

  test('gives the program its environment, its directory, a file as input, and no other descriptor', async () => {
    const { control } = await createControl({ pidNamespace });
    const text =
      'import os, sys; print(sorted(os.environ), os.getcwd(), open("/dev/stdin").read(), os.listdir("/proc/self/fd"), os.nice(0))';
    const environment = { CEREBROS_BRIDGE_OP: 'a\nPYTHONPATH=/x', PATH: '/bin' };
    const output = await outputOf(control, { ...code(text), environment, cwd: '/usr', stdin: { text: '{"é": 1}' } });
    expect(output).toMatch(
      /^\['CEREBROS_BRIDGE_OP',( 'LC_CTYPE',)? 'PATH', 'THUNDERLINE_KEEPER'\] \/usr \{"é": 1\} \['0', '1', '2', '3'\] \d+\n$/,
    );
  });

  test('lets SIGINT and SIGPIPE do what they usually do', async () => {
    const { control } = await createControl({ pidNamespace });
    // Python itself ignores SIGPIPE, so the state at its start is read from the kernel.
    const text = 'print([line for line in open("/proc/self/status") if line.startswith("SigIgn")])';
    const shell: Command = { ...command(), program: ['/bin/sh', '-c', 'grep SigIgn /proc/self/status; trap'] };
    expect(await outputOf(control, shell)).toBe('SigIgn:\t0000000000000000\n');
    expect(await outputOf(control, code(`import signal; ${text}; print(signal.getsignal(2))`))).toContain(
      'default_int_handler',
    );
  });

  test('reports a program that cannot be executed', async () => {
    const { control } = await createControl({ pidNamespace });
    const missing: Command = { ...command(), program: ['/nonexistent/python'] };
    expect(await (await control.start(missing)).ended).toMatchObject({ cause: 'exit', code: 127, execErrno: 2 });
  });

  test('adds to the niceness of a program what its command or the settings state', async () => {
    const { control } = await createControl({ pidNamespace });
    const nice = code('import os; print(os.nice(0))');
    const [worker, own] = [await outputOf(control, nice), await outputOf(control, { ...nice, niceness: 0 })];
    expect(Number(worker) - Number(own)).toBe(5);
  });

  test('makes workers the first choice of the out-of-memory killer', async () => {
    const { control } = await createControl({ pidNamespace });
    expect(await outputOf(control, code('print(open("/proc/self/oom_score_adj").read())'))).toBe('900\n\n');
  });
});

test('kills every program when it is closed, and starts none afterwards', async () => {
  const { control } = await createControl();
  const tag = randomUUID();
  const kept = await control.start(command(program('family.py'), tag, 'wait'));
  await firstLine(kept);
  const closing = control.close();
  expect(await kept.ended).toMatchObject({ cause: 'kill', left: 0 });
  await closing;
  expect(processesWith(tag)).toEqual([]);
  await expect(control.start(code('pass'))).rejects.toThrow('stopping');
});

test('rejects a start with an environment that the system refuses', async () => {
  const { control } = await createControl();
  const large = { ...code('pass'), environment: { ...ENVIRONMENT, LARGE: 'x'.repeat(131_072) } };
  await expect(control.start(large)).rejects.toThrow('E2BIG');
  await expect(control.start({ ...code('pass'), environment: { A: 'a\0b' } })).rejects.toThrow('null bytes');
});

/** The bridge has the tag among its arguments too. */
const noneLeftBut = (tag: string, pid: number | undefined): Promise<void> =>
  eventually(() => processesWith(tag).every((found) => found === pid));
