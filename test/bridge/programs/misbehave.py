"""A worker that does what the hyperparameter "do" of its trial names. Each function is one way to go wrong, or right."""

import json
import math
import os
import signal
import socket
import subprocess
import sys
import time

PAYLOAD = json.load(sys.stdin)
TRIAL = PAYLOAD["trial_id"]
TAG = PAYLOAD["hyperparams"].get("tag", "")


def result(**members):
    return json.dumps({"trials": [{"trial_id": TRIAL, "status": "succeeded", **members}]})


def succeed():
    print(result())


def report_payload():
    variable = os.environ.get("CEREBROS_BRIDGE_PAYLOAD")
    assert variable is None or json.loads(variable) == PAYLOAD
    in_variable = None if variable is None else len(variable.encode())
    stated = int(os.environ["CEREBROS_BRIDGE_PAYLOAD_BYTES"])
    print(result(parameters={"in_variable": in_variable, "stated": stated}))


def report_environment():
    print(result(parameters={"environment": dict(os.environ), "directory": os.getcwd(), "nice": os.nice(0)}))


def report_values():
    """Reports by the contract alone, without the package of this repository."""
    with socket.socket(fileno=int(os.environ["CEREBROS_BRIDGE_REPORTS"])) as channel, channel.makefile("rb") as answers:
        for step, value in enumerate((math.inf, 0.1, 0.2, 0.3)):
            channel.sendall(json.dumps({"report": {"step": step, "value": value}}).encode() + b"\n")
            if json.loads(answers.readline())["prune"]:
                print(result(status="pruned", parameters={"step": step}))
                return
    print(result())


def report_garbage():
    os.write(int(os.environ["CEREBROS_BRIDGE_REPORTS"]), b"epoch 1\n")
    sleep()


def report_without_end():
    os.write(int(os.environ["CEREBROS_BRIDGE_REPORTS"]), b"x" * 5_000)
    sleep()


def list_descriptors():
    # The listing itself has one, which is closed by now.
    numbers = [int(name) for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")]
    print(result(parameters={"descriptors": sorted(numbers), "reports": os.environ.get("CEREBROS_BRIDGE_REPORTS")}))


def succeed_if_exists():
    if not os.path.exists(PAYLOAD["hyperparams"]["path"]):
        raise FileNotFoundError("the data set is not there yet")
    print(result(metrics={"val_accuracy": 0.5}))


def sleep():
    print("sleeping", flush=True)
    time.sleep(600)


def ignore_term():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleep()


def ignore_term_and_tell():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open(PAYLOAD["hyperparams"]["path"], "w").close()
    sleep()


def answer_after_term():
    def answer(*_):
        print(result(), flush=True)
        os._exit(0)

    signal.signal(signal.SIGTERM, answer)
    sleep()


def signal_its_parent():
    os.kill(os.getppid(), signal.SIGTERM)
    sleep()


def exit_with_code():
    print("the disk is on fire", file=sys.stderr)
    sys.exit(3)


def segfault():
    os.kill(os.getpid(), signal.SIGSEGV)


def kill_itself():
    os.kill(os.getpid(), signal.SIGKILL)


def exit_like_a_shell():
    os._exit(128 + signal.SIGKILL)


def raise_error():
    try:
        {}["missing"]
    except KeyError as cause:
        raise ValueError("bad learning rate\nin two lines") from cause


def raise_long_error():
    def deeper(levels):
        if levels == 0:
            raise RuntimeError("x" * 100_000)
        return deeper(levels - 1)

    deeper(50)


def memory_error():
    raise MemoryError


def missing_module():
    import no_such_module  # noqa: F401


def use_memory():
    held = bytearray(300_000_000)
    sleep()
    return held


def exhaust_group():
    with open(PAYLOAD["hyperparams"]["group"] + "/cgroup.procs", "w") as file:
        file.write("0")
    use_memory()


def garbage():
    os.write(1, b"\xff\xfe\x00garbage {not json}\n")


def half_a_line():
    os.write(1, result(parameters={"a": "b"})[:-20].encode())


def nothing():
    pass


def print_much():
    chunk = b"x" * 999_999 + b"\n"
    for _ in range(100):
        os.write(1, chunk)
    succeed()


def log_much():
    chunk = b"start " + b"y" * 999_980 + b" end\n"
    for _ in range(20):
        os.write(2, chunk)
    succeed()


def close_stdout():
    os.close(1)
    time.sleep(0.2)


def leave_a_grandchild():
    program = [sys.executable, "-c", "import time; time.sleep(600)", TAG]
    subprocess.Popen(program, start_new_session=True)
    succeed()


def leave_stdin_unread():
    succeed()


def report_another_trial():
    print(json.dumps({"trials": [{"trial_id": "another", "status": "succeeded"}]}))


def report_another_run():
    print(json.dumps({"run_id": "another", "trials": [{"trial_id": TRIAL, "status": "succeeded"}]}))


def report_many():
    others = [{"trial_id": f"other-{i}", "status": "skipped", "spectral_norm": "true"} for i in range(3)]
    own = {"trial_id": TRIAL, "status": "completed", "spectral_norm": 1, "warnings": ["slow disk"]}
    print(json.dumps({"trials": [own, *others], "warnings": ["MLflow is unavailable"]}, indent=2))


def report_failure_and_exit():
    print(result(status="failed", warnings=["loss diverged"]))
    sys.exit(1)


def report_success_and_exit():
    print(result())
    sys.exit(1)


def invalid_status():
    print(result(status="fantastic"))


globals()[PAYLOAD["hyperparams"]["do"]]()
