"""Runs one program so that neither it nor any of its descendants outlives the bridge.

    python -I -S keeper.py GRACE_MS LEASE_MS LIMIT_KIB WATCH_KIB NICE PASSED PROGRAM [ARGUMENT...]

Descriptor 3 is a socket to the bridge. The bridge writes lines: "k MS" (leased until MS), "t" (TERM to the whole tree, KILL
GRACE_MS later), "x" (KILL). The end of the socket means that the bridge has ended: KILL. So does a lease that has passed, which
covers a bridge that is suspended. Times are of CLOCK_MONOTONIC, which all processes of a machine share; 0 means no limit.
The program inherits descriptors 0 to 2, and with PASSED = 1 also descriptor 4, which the keeper itself does not use.
The keeper writes to descriptor 5: {"memory_kib": N} once the tree needs more than WATCH_KIB, and at the end one report. The
bridge only reads it: a write to a keeper that has ended would discard the report.
"""

import ctypes
import os
import select
import signal
import sys
import time

LINUX = sys.platform == "linux"
BRIDGE, CHANNEL, REPORT = 3, 4, 5
SUBREAPER, PARENT_DEATH_SIGNAL = 36, 1
# A process in an uninterruptible wait, or of another user, must not hold the keeper forever.
KILL_SECONDS = 8
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
CLOCK = time.CLOCK_MONOTONIC if LINUX else time.CLOCK_MONOTONIC_RAW


def now_ms():
    return time.clock_gettime_ns(CLOCK) // 1_000_000


def prctl(option, value):
    if LINUX:
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def start(program, nice, is_passed):
    """Starts the program. Returns its process id, and the error number if it could not be executed, else 0."""
    keeper = os.getpid()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
            if os.getppid() != keeper:
                os._exit(127)
            if LINUX:
                with open("/proc/self/oom_score_adj", "w") as file:
                    file.write("900")
            os.nice(nice)
            # The lifeline, the reports, and whatever the bridge itself inherited.
            os.close(BRIDGE)
            os.closerange(CHANNEL + is_passed, writing)
            os.closerange(writing + 1, os.sysconf("SC_OPEN_MAX") if LINUX else 256)
            # Python ignores these two, and an ignored signal stays ignored in the executed program.
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            os.execv(program[0], program)
        except OSError as error:
            os.write(writing, str(error.errno).encode())
        finally:
            os._exit(127)
    os.close(writing)
    if is_passed:
        # The bridge must see the end of the channel when the program closes it.
        os.close(CHANNEL)
    return pid, int(os.read(reading, 16) or 0)


def tree():
    """Every live descendant: all orphans of the tree become children of the keeper."""
    children = {}
    for name in os.listdir("/proc") if LINUX else ():
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                state, parent = file.read().rpartition(b")")[2].split()[:2]
        except OSError:
            continue
        children.setdefault(int(parent), []).append((int(name), state))
    found, parents = [], [os.getpid()]
    while parents:
        for pid, state in children.get(parents.pop(), ()):
            parents.append(pid)
            if state not in (b"Z", b"X"):
                found.append(pid)
    return found


def memory_kib(pids, limit):
    """Resident memory. Where that passes the limit, pages that processes share are counted once."""
    resident = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/statm", "rb") as file:
                resident += int(file.read().split()[1]) * PAGE_KIB
        except OSError:
            continue
    if resident <= limit:
        return resident
    try:
        return sum(map(proportional_kib, pids))
    except OSError:
        return resident


def proportional_kib(pid):
    """The part of a process in the pages that it shares, and the pages of its own; 0 once it has ended."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            return next((int(line.split()[1]) for line in file if line.startswith(b"Pss:")), 0)
    except ProcessLookupError:
        return 0
    except FileNotFoundError:
        if os.path.exists("/proc/self/smaps_rollup"):
            return 0
        raise


class Keeper:
    def __init__(self, grace_ms, lease_ms, limit_kib, watch_kib, nice, is_passed, program):
        self.grace_ms, self.lease_ms, self.limit_kib, self.watch_kib = grace_ms, lease_ms, limit_kib, watch_kib
        self.cause, self.status, self.kill_at, self.peak_kib, self.received = None, None, None, 0, b""
        self.measure_at = now_ms() if LINUX and limit_kib + watch_kib > 0 else None
        self.wakeup, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        prctl(SUBREAPER, 1)
        self.worker, self.exec_errno = start(program, nice, is_passed)
        self.poll = select.poll()
        for descriptor in (BRIDGE, self.wakeup):
            self.poll.register(descriptor, select.POLLIN)

    def reap(self):
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self.worker:
                    self.status = status
        except ChildProcessError:
            pass

    def wait(self, until_ms):
        """Waits for the bridge, a signal or a time; handles what arrived."""
        pause = None if until_ms is None else max(0, until_ms - now_ms())
        for descriptor, _ in self.poll.poll(pause):
            try:
                data = os.read(descriptor, 4096)
            except ConnectionResetError:
                data = b""
            if descriptor == self.wakeup:
                if any(number in data for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)):
                    self.terminate("signal")
            elif data == b"":
                self.kill("bridge")
                self.poll.unregister(BRIDGE)
            else:
                self.obey(data)
        self.reap()

    def obey(self, data):
        *lines, self.received = (self.received + data).split(b"\n")
        for line in lines:
            if line.startswith(b"k "):
                self.lease_ms = int(line[2:])
            elif line == b"t":
                self.terminate("stop")
            elif line == b"x":
                self.kill("kill")

    def terminate(self, cause):
        if self.cause is None:
            self.cause, self.kill_at = cause, now_ms() + self.grace_ms
            self.signal(signal.SIGTERM)
            # A suspended process handles TERM only once it continues.
            self.signal(signal.SIGCONT)

    def kill(self, cause):
        if self.cause is None:
            self.cause = cause
        self.kill_at = now_ms()

    def signal(self, number):
        """Sends a signal to the whole tree, once. In a PID namespace one call reaches every process but the keeper."""
        for pid in (-1,) if os.getpid() == 1 else tree() if LINUX else (-self.worker,):
            try:
                os.kill(pid, number)
            except OSError:
                pass

    def measure(self):
        began = now_ms()
        used = memory_kib(tree(), min(kib for kib in (self.limit_kib, self.watch_kib) if kib > 0))
        self.peak_kib = max(self.peak_kib, used)
        if 0 < self.limit_kib < used:
            self.kill("memory")
        if 0 < self.watch_kib < used:
            self.watch_kib = 0
            self.write(f'{{"memory_kib": {used}}}\n')
        # Measuring a thousand processes takes a while; it may use 2 % of a core.
        pause_ms = max(1000, 50 * (now_ms() - began))
        self.measure_at = now_ms() + pause_ms if self.limit_kib + self.watch_kib > 0 else None

    def write(self, line):
        try:
            os.write(REPORT, line.encode())
        except OSError:
            pass

    def run(self):
        while self.kill_at is None or now_ms() < self.kill_at:
            if self.status is not None and (self.cause is None or not tree()):
                break
            times = [at for at in (self.kill_at, self.lease_ms or None, self.measure_at) if at is not None]
            self.wait(min(times, default=None))
            if 0 < self.lease_ms <= now_ms():
                self.kill("lease")
            if self.measure_at is not None and self.measure_at <= now_ms() and self.kill_at is None:
                self.measure()
        self.end()

    def end(self):
        killed, until = set(), now_ms() + KILL_SECONDS * 1000
        while True:
            self.reap()
            left = tree()
            if not left and self.status is not None or now_ms() > until:
                break
            killed.update(left)
            self.signal(signal.SIGKILL)
            time.sleep(0.005)
        code = -1 if self.status is None else os.waitstatus_to_exitcode(self.status)
        strays = len(killed - {self.worker})
        self.write(
            f'{{"cause": "{self.cause or "exit"}", "code": {code}, "strays": {strays}, "left": {len(left)}, '
            f'"peak_kib": {self.peak_kib}, "exec_errno": {self.exec_errno}}}\n'
        )
        os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    Keeper(*map(int, sys.argv[1:7]), sys.argv[7:]).run()
