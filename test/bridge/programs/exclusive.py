"""A worker that proves that its trial runs once at a time. It locks the trial, and writes `start`, `end` or `overlap` to a log.

Started for one trial, it leaves the lock to a child in a session of its own as well, and so until the last of its processes
is dead. With --serve, the lock is that of the process while the trial runs, and the first trial starts such a child.
"""

import fcntl
import json
import os
import subprocess
import sys
import threading
import time

BEAT_SECONDS = 0.5


def note(folder, what, payload):
    log = os.open(f"{folder}/log", os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(log, f"{what} {payload['trial_id']} {payload['attempt']}\n".encode())
    os.close(log)


def spawn_child(folder, locks):
    program = [sys.executable, "-c", "import time; time.sleep(600)", folder]
    subprocess.Popen(program, start_new_session=True, pass_fds=locks, stdout=subprocess.DEVNULL)


def run(payload, serving=False):
    folder = payload["parameters"]["folder"]
    lock = os.open(f"{folder}/{payload['trial_id']}.lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        note(folder, "overlap", payload)
        sys.exit(9)
    note(folder, "start", payload)
    if not serving:
        spawn_child(folder, [lock])
    time.sleep(payload["hyperparams"]["seconds"])
    note(folder, "end", payload)
    if serving:
        os.close(lock)
    metrics = {"attempt": payload["attempt"]}
    return {"trials": [{"trial_id": payload["trial_id"], "status": "succeeded", "metrics": metrics}]}


def serve():
    protocol = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    # One line at a time, although two threads write.
    writing = threading.Lock()

    def say(line):
        with writing:
            protocol.write(json.dumps(line) + "\n")

    def beat():
        while True:
            time.sleep(BEAT_SECONDS)
            say({"heartbeat": True})

    say({"ready": {"protocol": 1}})
    threading.Thread(target=beat, daemon=True).start()
    has_child = False
    for line in sys.stdin:
        command = json.loads(line)
        if command.get("stop"):
            return
        if not has_child:
            spawn_child(command["payload"]["parameters"]["folder"], [])
            has_child = True
        say({"command_id": command["command_id"], "result": run(command["payload"], serving=True)})


if "--serve" in sys.argv:
    serve()
else:
    print(json.dumps(run(json.load(sys.stdin))))
