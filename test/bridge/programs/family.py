"""A worker with a plain child, a child in a session of its own, and a daemon with an empty environment.

    family.py TAG wait|exit

The tag is an argument of each of the four processes, so that a test finds them. Prints "ready" when all of them run, and the
processes that started the daemon have ended.
"""

import os
import sys
import time

TAG, END = sys.argv[1:]
SLEEP = "import time; time.sleep(600)"
DAEMON = f"""
import os, time
def leave_parent():
    parent = os.getpid()
    if os.fork() > 0: os._exit(0)
    while os.getppid() == parent: time.sleep(0.001)
leave_parent()
os.setsid()
leave_parent()
os.write(3, b'started')
{SLEEP}
"""


def spawn(program: str, environment: dict[str, str], **options: object) -> None:
    os.posix_spawn(sys.executable, ["python", "-I", "-S", "-c", program, TAG], environment, **options)


reading, writing = os.pipe()
spawn(SLEEP, dict(os.environ))
spawn(SLEEP, dict(os.environ), setsid=True)
spawn(DAEMON, {}, file_actions=[(os.POSIX_SPAWN_DUP2, writing, 3)])
os.read(reading, 7)
print("ready", flush=True)
if END == "wait":
    time.sleep(600)
