"""The loop of the study process: one JSON line a call, answered in order."""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thunderline.worker.lines import Lines, take_over_descriptors

PROTOCOL = 1
MAX_RSS_BYTES = 1_073_741_824
CALLS_BETWEEN_LOOKS = 500
MAX_TRACEBACK_CHARACTERS = 8_000


def main(arguments: Sequence[str]) -> int:
    """Serves until STDIN ends or a line asks it to stop. The first line is `{"database_url": ...}`: it comes by STDIN
    because the environment of a process can be read from outside. Then each line is a call
    `{"id", "op": "ask" | "report" | "tell", "study", "spec", "trial_id", "number", ...}`, answered by
    `{"id", "result"}` or `{"id", "error": {"kind", "type", "message", "traceback"}}`. The kind is "unavailable" where
    the same call may succeed later, else "refused"."""
    if list(arguments) != ["--serve"]:
        raise SystemExit("usage: python -m thunderline.worker.study --serve")
    lines = take_over_descriptors()
    # After the descriptors were moved, because an import may print.
    try:
        import optuna
        import psycopg2  # noqa: F401
    except ImportError as error:
        lines.send({"failed": f"{error}: install optuna and psycopg2-binary for the interpreter that runs studies"})
        return 1
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    lines.send({"ready": {"protocol": PROTOCOL, "optuna": optuna.__version__}})
    serve(lines)
    return 0


def serve(lines: Lines) -> None:
    calls = iter(lines)
    opening = next(calls, None)
    if opening is None:
        return
    server = Server(opening["database_url"])
    for count, call in enumerate(calls, start=1):
        if call.get("stop"):
            return
        lines.send(server.answer(call))
        # Optuna keeps every trial of every study it has opened. The bridge starts this process again on the next call.
        if count % CALLS_BETWEEN_LOOKS == 0 and resident_bytes() > MAX_RSS_BYTES:
            return


class Server:
    """Answers calls. The storage is opened by the first call that needs it, and again after it could not be."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._studies: Any = None

    def answer(self, call: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return {"id": call["id"], "result": self._call(call)}
        except Exception as error:
            return {"id": call["id"], "error": description_of(error)}

    def _call(self, call: Mapping[str, Any]) -> dict[str, Any]:
        from thunderline.worker.study.studies import Studies

        if self._studies is None:
            self._studies = Studies(_opened(self._database_url))
        subject = (call["study"], call["spec"], call["trial_id"], call["number"])
        if call["op"] == "ask":
            asked: dict[str, Any] = self._studies.ask(*subject, call["again"])
            return asked
        if call["op"] == "report":
            return {"prune": self._studies.report(*subject, call["step"], float(call["value"]))}
        if call["op"] == "tell":
            return {"told": self._studies.tell(*subject, call["state"], call["value"])}
        raise ValueError(f"unknown operation: {call['op']!r}")


class StorageUnavailable(Exception):
    """The storage cannot be opened: Postgres is unavailable, refuses the user, or has tables of another Optuna."""


def _opened(database_url: str) -> Any:
    from thunderline.worker.study.storage import open_storage

    try:
        return open_storage(database_url)
    except Exception as error:
        raise StorageUnavailable(f"Optuna's storage cannot be opened: {error}") from error


def description_of(error: Exception) -> dict[str, Any]:
    return {
        "kind": "unavailable" if _is_unavailable(error) else "refused",
        "type": type(error).__name__,
        "message": str(error) or type(error).__name__,
        "traceback": "".join(traceback.format_exception(error))[-MAX_TRACEBACK_CHARACTERS:],
    }


def _is_unavailable(error: BaseException | None) -> bool:
    """Whether the storage, not the call, is at fault: by the error or one of its causes, as Optuna wraps SQLAlchemy's,
    and SQLAlchemy those of the driver."""
    if error is None:
        return False
    import psycopg2
    import sqlalchemy.exc
    from optuna.exceptions import StorageInternalError

    away = (StorageUnavailable, StorageInternalError, sqlalchemy.exc.OperationalError, psycopg2.OperationalError)
    return isinstance(error, away) or _is_unavailable(error.__cause__ or error.__context__)


def resident_bytes() -> int:
    """The resident memory of this process; 0 where /proc does not show it."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
