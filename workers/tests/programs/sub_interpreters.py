"""Runs a client in a sub-interpreter with a lock of its own; in 3.10 and 3.11 such a one starts no threads.

Arguments: the gateway's URL and the spool directory. Prints the number of events that were on disk when the last call
returned, and whether the flush succeeded.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

url, spool_dir = sys.argv[1:]
PROGRAM = f"""
import json
from pathlib import Path
from thunderline import Client, Options

options = Options(spool_dir=Path({spool_dir!r}), linger_s=60.0, exit_timeout_s=20.0)
client = Client({url!r}, model_run_id="r", options=options)
with client.trial("first") as trial:
    trial.log_metrics({{"loss": 0.5}}, 0)
print(json.dumps(client.stats.spooled), flush=True)
print(json.dumps(client.flush(20)), flush=True)
with client.trial("last") as trial:
    trial.log_metrics({{"loss": 0.5}}, 0)
"""

try:
    interpreters = importlib.import_module("_interpreters")
    created = interpreters.create("isolated")
except ImportError:
    interpreters = importlib.import_module("_xxsubinterpreters")
    created = interpreters.create(isolated=True)
sys.path[0] = str(Path(__file__).parents[2])
failure = interpreters.run_string(created, f"import sys; sys.path[:] = {sys.path!r}\n{PROGRAM}")
assert failure is None, failure.formatted
interpreters.destroy(created)
# The end of CPython 3.12.1 aborts after any sub-interpreter that imported hashlib.
os._exit(0)
