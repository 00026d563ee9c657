"""A warm worker that does nothing: it reports the time at which it had the command, in epoch milliseconds."""

import json
import os
import sys
import threading
import time

protocol = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
lock = threading.Lock()


def say(message):
    with lock:
        protocol.write(json.dumps(message) + "\n")


def beat():
    while True:
        time.sleep(2)
        say({"heartbeat": True})


threading.Thread(target=beat, daemon=True).start()
say({"ready": {"protocol": 1}})
for line in sys.stdin:
    command = json.loads(line)
    if command.get("stop"):
        break
    metrics = {"had_at": time.time() * 1_000, "val_accuracy": 0.5}
    trial = {"trial_id": command["trial_id"], "status": "succeeded", "metrics": metrics}
    say({"command_id": command["command_id"], "result": {"trials": [trial]}})
