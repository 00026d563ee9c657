"""The call of a client that uploads a file."""

from __future__ import annotations

import http.client
import json
import os
import time
from abc import ABC, abstractmethod
from pathlib import Path

from thunderline.client.answer import Answer
from thunderline.client.artifact_put import Content, FileChanged, artifact_target, body_of, may_be_repeated, put_file
from thunderline.client.backoff import Backoff, retry_after_s
from thunderline.client.bridge_call import CALL
from thunderline.client.notices import Notices
from thunderline.client.options import Options
from thunderline.client.outbox import Outbox
from thunderline.client.signals import pass_on
from thunderline.client.stats import Counters
from thunderline.client.trace_context import headers_of_caller
from thunderline.client.values import as_id, as_text

UNASSIGNED = "unassigned"
"""The run of events and artifacts that name none (docs/events.md)."""


class ArtifactCalls(ABC):
    """Uploads of files, as artifacts of trials."""

    _options: Options
    _counters: Counters
    _notices: Notices
    _model_run_id: str | None
    _outbox: Outbox | None

    @property
    @abstractmethod
    def api_key(self) -> str | None:
        """The key of each request."""

    def upload_artifact(
        self,
        path: str | os.PathLike[str],
        name: str | None = None,
        *,
        trial_id: str,
        model_run_id: str | None = None,
        timeout: float = 600.0,
    ) -> str | None:
        """Uploads a file as an artifact of a trial, under its own name or `name`, and returns its address.

        Unlike the other calls it waits until the file is stored, for `timeout` seconds at most, and under a bridge no
        longer than the attempt has: afterwards the program may overwrite or delete the file. It never raises. None: the
        file is not stored; the log has the reason, and `stats.artifacts_failed` counts it. The same content is stored
        once, another one replaces the artifact.
        """
        try:
            uri = self._upload(Path(path), name, trial_id, model_run_id, time.monotonic() + timeout)
        except Exception as error:
            pass_on(error)
            uri = self._give_up(as_text(path, 300), f"{type(error).__name__}: {error}")
        self._counters.add("artifacts_failed" if uri is None else "artifacts_uploaded")
        return uri

    def _upload(self, path: Path, name: str | None, trial_id: str, run: str | None, deadline: float) -> str | None:
        gateway = None if self._outbox is None else self._outbox.target
        if gateway is None:
            return self._give_up(path, "this client sends nothing: it is offline, disabled or has no URL")
        trial = None if trial_id is None else as_id(trial_id)
        if not trial:
            raise ValueError("a trial needs a trial_id that is not empty")
        CALL.read()
        deadline = min(deadline, time.monotonic() + CALL.time_left_s())
        run = self._model_run_id if run is None else run
        run = UNASSIGNED if run is None else as_id(run) or UNASSIGNED
        target = artifact_target(gateway, run, trial, name or path.name, CALL.attempt)
        backoff = Backoff(self._options.backoff_base_s, self._options.backoff_cap_s)
        earlier = "no answer in time"
        while True:
            reason, wait_s = "the file changed while it was sent", 0.0
            try:
                answer = put_file(target, path, Content.of(path), self._headers(), self._options, deadline)
                if answer.status in (200, 201):
                    return str(json.loads(answer.body)["uri"])
                reason = _reason(answer)
                if not may_be_repeated(answer):
                    return self._give_up(path, reason)
                wait_s = retry_after_s(answer.headers.get("retry-after"), answer.headers.get("date")) or 0.0
            except FileChanged:
                pass
            except (FileNotFoundError, IsADirectoryError, PermissionError):
                raise
            except (OSError, http.client.HTTPException) as error:
                pass_on(error)
                # A request that the deadline cut off does not show the cause.
                is_late = time.monotonic() >= deadline
                reason = earlier if is_late else f"no answer: {type(error).__name__}: {error}"
            pause_s = max(backoff.next_s(), min(wait_s, self._options.max_retry_after_s))
            if time.monotonic() + pause_s >= deadline:
                return self._give_up(path, reason)
            earlier = reason
            self._counters.add("retries")
            time.sleep(pause_s)

    def _headers(self) -> dict[str, str]:
        key = self.api_key
        return headers_of_caller() | ({} if key is None else {"Authorization": f"Bearer {key}"})

    def _give_up(self, path: object, reason: str) -> str | None:
        self._notices.once(f"upload {path} {reason}", "The artifact %s was not uploaded: %s", path, reason)
        return None


def _reason(answer: Answer) -> str:
    body = body_of(answer)
    return f"answered {answer.status} {body.get('code', '')} {body.get('detail', '')}".strip()
