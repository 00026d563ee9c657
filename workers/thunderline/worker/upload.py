"""Uploads of a trial's files to Thunderline (docs/artifacts.md)."""

from __future__ import annotations

import http.client
import math
import os
import time
from pathlib import Path

from thunderline.client.api_key import environment_api_key
from thunderline.client.artifact_put import Content, artifact_target, body_of, may_be_repeated, put_file
from thunderline.client.options import Options
from thunderline.client.target import Target

PAUSES_S = (0.5, 2.0, 5.0)


class UploadFailed(Exception):
    """The gateway did not store the file; the message has its answer."""


def uploads_are_possible() -> bool:
    """Whether the process reports to a gateway: `THUNDERLINE_URL` is set, and its events are sent."""
    mode = os.environ.get("THUNDERLINE_MODE") or "online"
    return bool(os.environ.get("THUNDERLINE_URL")) and mode == "online"


def upload(path: Path, run_id: str, trial_id: str, attempt: int, timeout_s: float = math.inf) -> str:
    """Stores a file as an artifact of a trial, under its own name, and returns its address. Blocks until it is stored:
    the file is read twice, for its checksum and to send it. A file of a later `attempt` at the trial replaces it.
    Raises UploadFailed, also after `timeout_s`, or OSError for the file."""
    target = artifact_target(Target.parse(os.environ["THUNDERLINE_URL"]), run_id, trial_id, path.name, attempt)
    key = environment_api_key()
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    deadline = time.monotonic() + timeout_s
    failure = UploadFailed("no answer in time")
    content = Content.of(path)
    for pause_s in (*PAUSES_S, None):
        try:
            answer = put_file(target, path, content, headers, Options(), deadline)
        except (OSError, http.client.HTTPException) as error:
            # An upload that did not end has stored nothing, and one that did is recognised. A request that the
            # deadline cut off does not show the cause.
            if time.monotonic() < deadline:
                failure = UploadFailed(f"no answer: {error}")
        else:
            uri = body_of(answer).get("uri")
            if 200 <= answer.status < 300 and isinstance(uri, str):
                return uri
            failure = UploadFailed(f"answered {answer.status}: {answer.body[:1_000].decode(errors='replace')}")
            if not may_be_repeated(answer):
                break
        if pause_s is not None:
            if time.monotonic() + pause_s >= deadline:
                break
            time.sleep(pause_s)
    raise failure
