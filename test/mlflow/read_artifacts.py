"""Prints the artifacts of a run as MLflow's official client lists and downloads them: path to size and SHA-256, as JSON."""

import hashlib
import json
import sys
import tempfile
from pathlib import Path

from mlflow import MlflowClient

client = MlflowClient(sys.argv[1])
run_id = sys.argv[2]


def files(path: str | None) -> list:
    entries = client.list_artifacts(run_id, path)
    return [file for entry in entries for file in (files(entry.path) if entry.is_dir else [entry])]


with tempfile.TemporaryDirectory() as folder:
    found = {}
    for file in files(None):
        content = Path(client.download_artifacts(run_id, file.path, folder)).read_bytes()
        found[file.path] = [file.file_size, hashlib.sha256(content).hexdigest()]
print(json.dumps(found))
