"""A warm worker that does what the hyperparameter "do" of its trials names. Written only from docs/bridge-contract.md."""

import json
import os
import signal
import sys
import threading
import time
import uuid

IDENTITY = uuid.uuid4().hex
START = os.environ.get("WARM_START", "")
protocol = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
lock = threading.Lock()
beating = True


def say(message):
    with lock:
        protocol.write(json.dumps(message) + "\n")


def beat():
    while True:
        time.sleep(0.05)
        if beating:
            say({"heartbeat": True})


def answer(command, **members):
    trial = {"trial_id": command["trial_id"], "status": "succeeded", "parameters": {"process": IDENTITY, "gpu": os.environ.get("CUDA_VISIBLE_DEVICES")}, **members}
    say({"command_id": command["command_id"], "result": {"trials": [trial]}})


def succeed(command):
    print("training", command["trial_id"])
    answer(command, metrics={"loss": float("nan"), "seed": 2**60})


def report_line(command):
    answer(command, parameters={key: command[key] for key in command if key != "payload"})


def raise_error(command):
    print("about to fail", file=sys.stderr)
    error = {"type": "ValueError", "message": "bad", "traceback": "Traceback ..." + "x" * 50_000}
    say({"command_id": command["command_id"], "error": error})


def prune(command):
    for step in range(10):
        say({"report": {"step": step, "value": float("inf") if step == 0 else step / 10}})
        if json.loads(sys.stdin.readline())["prune"]:
            return answer(command, status="pruned", parameters={"step": step})
    return answer(command)


def flood_reports(command):
    for step in range(100):
        say({"report": {"step": step, "value": 0}})
    time.sleep(600)


def hang(command):
    global beating
    beating = False
    time.sleep(600)


def sleep(command):
    print("sleeping", file=sys.stderr, flush=True)
    time.sleep(600)


def ignore_term(command):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say({"report": {"step": 0, "value": 0}})
    time.sleep(600)


def answer_after_term(command):
    signal.signal(signal.SIGTERM, lambda *_: (answer(command), os._exit(0)))
    time.sleep(600)


def die(command):
    os.kill(os.getpid(), signal.SIGKILL)


def leave(command):
    sys.exit(0)


def garbage(command):
    protocol.write("Epoch 1/10\n")
    time.sleep(600)


def error_of_objects(command):
    say({"command_id": command["command_id"], "error": {"type": {"toString": 1}}})
    time.sleep(600)


def half_a_line(command):
    protocol.write('{"command_id": "')
    protocol.flush()
    os._exit(0)


def long_line(command):
    protocol.write("x" * 2_000_000)
    time.sleep(600)


def answer_another(command):
    say({"command_id": "another", "result": {}})
    time.sleep(600)


def answer_twice(command):
    answer(command)
    answer(command)


def break_contract(command):
    say({"command_id": command["command_id"], "result": {"trials": []}})


def grow(command):
    global held
    held = bytearray(150_000_000)
    answer(command)


def grow_and_stay(command):
    global held
    held = bytearray(150_000_000)
    time.sleep(600)


if START == "exit":
    sys.exit(0)
if START == "import":
    import no_such_module  # noqa: F401
if START == "silent":
    time.sleep(600)
if START == "old":
    say({"ready": {"protocol": 0}})
    time.sleep(600)
if START == "one-shot":
    say({"trials": []})
    time.sleep(600)
threading.Thread(target=beat, daemon=True).start()
say({"ready": {"protocol": 1}})
for line in iter(sys.stdin.readline, ""):
    command = json.loads(line)
    if command.get("stop"):
        break
    globals()[command["payload"]["hyperparams"]["do"]](command)
