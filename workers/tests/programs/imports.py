"""Prints the modules that were loaded after the package was: by a thread, say, while another one forks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import thunderline

before = set(sys.modules)
client = thunderline.Client(sys.argv[1], "key", options=thunderline.Options(0.0, spool_dir=Path(sys.argv[2])))
for step in range(3):
    with client.trial(f"t\N{SNOWMAN}{step}", hyperparams={"path": Path("/"), "\ud800": {1}}) as trial:
        trial.log_metrics({"\u00e9\U0001f600": float("nan"), "\x07": 1, "none": None}, step)
    client.flush(20)
client.close()
print(json.dumps(sorted(set(sys.modules) - before)))
