"""`python -m thunderline`, run as a process against a real gateway and real journals."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import run_python, thunderline, thunderline_on_terminal
from tests.conftest import MakeWorker
from tests.lines import joined, lifecycle, metric
from tests.scripted_gateway import ScriptedGateway, answer, hang_up, reject
from tests.spooled import spooled_lines
from thunderline.client.spool.journal import Journal
from thunderline.client.target import Target, spool_root

OFFLINE_PROGRAM = """
from thunderline import Client
client = Client(model_run_id="r")
with client.trial("t") as trial:
    for step in range(100):
        trial.log_metrics({"loss": step}, step)
assert client.flush(20)
"""


@pytest.fixture
def spool_dir(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def unused_url() -> Iterator[str]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


def leave(spool_dir: Path, url: str, lines: list[bytes], api_key: str | None = None) -> Path:
    """Writes the journal of a process that has ended."""
    root = spool_root(Target.parse(url), spool_dir, api_key)
    journal = Journal.create(root, 1024 * 1024)
    journal.append(*joined(lines))
    journal.close()
    return journal.directory


def left(spool_dir: Path) -> int:
    return len(spooled_lines(spool_dir))


def test_an_offline_program_writes_to_disk_and_sync_sends_it_later(gateway: ScriptedGateway, spool_dir: Path) -> None:
    variables = {"THUNDERLINE_MODE": "offline", "THUNDERLINE_SPOOL_DIR": str(spool_dir)}
    program = run_python("-c", OFFLINE_PROGRAM, THUNDERLINE_URL=gateway.url, **variables)
    assert (program.status, program.output, program.errors) == (0, "", "")
    assert gateway.requests == []
    assert left(spool_dir) == 102

    synced = thunderline(spool_dir, "sync", THUNDERLINE_URL=gateway.url)
    assert (synced.status, synced.errors) == (0, "")
    assert synced.output == f"Sent 102 events to {gateway.url}/api/events/ml: 102 accepted.\n"
    assert [event.get("step") for event in gateway.accepted] == [None, *range(100), None]
    assert len(set(gateway.ids)) == 102
    assert thunderline(spool_dir, "status").output == f"No event waits in {spool_dir}.\n"


def test_an_offline_program_needs_no_url_and_no_key(gateway: ScriptedGateway, spool_dir: Path, tmp_path: Path) -> None:
    variables = {"THUNDERLINE_MODE": "offline", "THUNDERLINE_SPOOL_DIR": str(spool_dir)}
    assert run_python("-c", OFFLINE_PROGRAM, **variables).errors == ""
    (tmp_path / "key").write_text("tl_secret\n")
    synced = thunderline(spool_dir, "sync", "--url", gateway.url, "--api-key-file", str(tmp_path / "key"))
    assert (synced.status, synced.errors, len(gateway.accepted)) == (0, "", 102)
    assert {request.headers["authorization"] for request in gateway.requests} == {"Bearer tl_secret"}


def test_sync_sends_each_journal_of_many_processes_and_drops_nothing(gateway: ScriptedGateway, spool_dir: Path) -> None:
    for process in range(30):
        leave(spool_dir, gateway.url, [metric(1_000 * process + number, 200) for number in range(200)])
    synced = thunderline(spool_dir, "sync", "--url", gateway.url)
    assert (synced.status, synced.errors) == (0, "")
    assert len(set(gateway.ids)) == len(gateway.ids) == 30 * 200
    assert left(spool_dir) == 0


def test_sync_leaves_running_processes_their_events(
    gateway: ScriptedGateway,
    spool_dir: Path,
    make_worker: MakeWorker,
) -> None:
    # A key that is refused is not tried again because of the next lifecycle event, as an outage is.
    gateway.script = [answer(401)]
    worker = make_worker(refused_retry_s=3600.0)
    worker.do("log running 10")
    gateway.await_requests(1)
    worker.await_stats(spooled=12)
    leave(spool_dir, gateway.url, [metric(1)])
    synced = thunderline(spool_dir, "sync", "--url", gateway.url)
    assert synced.status == 0
    assert "12 events of running processes are left to those processes." in synced.output
    assert gateway.ids == ["m1"]
    assert left(spool_dir) == 12


def test_sync_sends_no_event_under_another_key_or_to_another_gateway(
    gateway: ScriptedGateway, spool_dir: Path, unused_url: str
) -> None:
    leave(spool_dir, gateway.url, [metric(1)], api_key="mine")
    leave(spool_dir, gateway.url, [metric(2)], api_key="another")
    leave(spool_dir, unused_url, [metric(3)], api_key="mine")
    synced = thunderline(spool_dir, "sync", "--url", gateway.url, THUNDERLINE_API_KEY="mine")
    assert synced.status == 0
    assert gateway.ids == ["m1"]
    assert "2 events for other gateways or under other keys were not sent" in synced.output


def test_sync_waits_for_a_gateway_that_is_overloaded(gateway: ScriptedGateway, spool_dir: Path) -> None:
    gateway.script = [answer(503, {"code": "overloaded"}, Retry_After="1"), hang_up]
    leave(spool_dir, gateway.url, [metric(1), lifecycle(2)])
    assert thunderline(spool_dir, "sync", "--url", gateway.url).status == 0
    assert gateway.ids == ["m1", "l2"]


def test_sync_reports_what_an_unreachable_gateway_leaves_on_disk(spool_dir: Path, unused_url: str) -> None:
    leave(spool_dir, unused_url, [metric(1), metric(2)])
    synced = thunderline(spool_dir, "sync", "--url", unused_url, "--timeout", "2")
    assert synced.status == 1
    assert "2 events could not be sent and are still on disk (no connection to 127.0.0.1" in synced.errors
    assert left(spool_dir) == 2


def test_sync_gives_up_at_once_when_the_key_is_refused(gateway: ScriptedGateway, spool_dir: Path) -> None:
    gateway.script = [answer(401, {"code": "unauthorized"})] * 5
    leave(spool_dir, gateway.url, [metric(1)])
    synced = thunderline(spool_dir, "sync", "--url", gateway.url)
    assert synced.status == 1
    assert "1 event could not be sent and is still on disk (HTTP 401 unauthorized)" in synced.errors
    assert (len(gateway.requests), left(spool_dir)) == (1, 1)


def test_sync_has_a_status_of_its_own_for_rejected_events(gateway: ScriptedGateway, spool_dir: Path) -> None:
    gateway.script = [reject(1)]
    leave(spool_dir, gateway.url, [metric(1), metric(2), metric(3)])
    synced = thunderline(spool_dir, "sync", "--url", gateway.url)
    assert synced.status == 3
    assert "Sent 3 events" in synced.output
    assert "2 accepted; 1 rejected" in synced.output
    assert "rejected an event permanently: invalid_value at 'step'" in synced.errors


def test_sync_passes_over_a_torn_line_and_counts_it(gateway: ScriptedGateway, spool_dir: Path) -> None:
    leave(spool_dir, gateway.url, [metric(1), b'{"event":"ml.run.me\n', metric(2)])
    synced = thunderline(spool_dir, "sync", "--url", gateway.url)
    assert (synced.status, gateway.ids) == (0, ["m1", "m2"])
    assert "Skipped 1 damaged line, cut off by a crash." in synced.output


def test_sync_draws_a_bar_on_a_terminal_only(gateway: ScriptedGateway, spool_dir: Path) -> None:
    leave(spool_dir, gateway.url, [metric(number) for number in range(2_500)])
    shown = thunderline_on_terminal(spool_dir, "sync", "--url", gateway.url)
    assert shown.status == 0
    assert "[##############################] 100 %  2,500 of 2,500 events\r\n" in shown.output
    leave(spool_dir, gateway.url, [metric(1)])
    assert "[#" not in (plain := thunderline(spool_dir, "sync", "--url", gateway.url)).output + plain.errors


def test_status_lists_the_events_of_each_process(
    gateway: ScriptedGateway,
    spool_dir: Path,
    make_worker: MakeWorker,
) -> None:
    gateway.script = [answer(503)] * 1_000
    worker = make_worker()
    worker.do("log running 10")
    worker.await_stats(spooled=12)
    directory = leave(spool_dir, gateway.url, [metric(number, 1_000) for number in range(1_500)])
    described = json.loads(thunderline(spool_dir, "status", "--json").output)
    assert [(entry["running"], entry["events"]) for entry in described] == [(True, 12), (False, 1_500)]
    assert described[1]["spool"] == directory.parent.name
    assert described[1]["bytes"] == sum(path.stat().st_size for path in directory.glob("*.ndjson"))

    lines = thunderline(spool_dir, "status").output.splitlines()
    assert lines[0] == str(directory.parent)
    assert "  running  12 events " in lines[1]
    assert "  ended    1,500 events  1.6 MB " in lines[2]
    assert lines[3] == "1,500 events of 1 ended process can be sent with `python -m thunderline sync`."


def test_delete_asks_on_a_terminal_and_refuses_without_one(spool_dir: Path, unused_url: str) -> None:
    leave(spool_dir, unused_url, [metric(1), metric(2)])
    refused = thunderline(spool_dir, "delete")
    assert refused.status == 2
    assert "pass --yes" in refused.errors
    declined = thunderline_on_terminal(spool_dir, "delete", typed="n\n")
    assert declined.status == 1
    assert "Delete 2 events (" in declined.output
    assert left(spool_dir) == 2
    confirmed = thunderline_on_terminal(spool_dir, "delete", typed="y\n")
    assert confirmed.status == 0
    assert "Deleted 2 events." in confirmed.output
    assert left(spool_dir) == 0


def test_delete_removes_only_the_named_directory_and_no_running_process(
    gateway: ScriptedGateway,
    spool_dir: Path,
    unused_url: str,
    make_worker: MakeWorker,
) -> None:
    gateway.script = [answer(503)] * 1_000
    worker = make_worker()
    worker.do("log running 10")
    worker.await_stats(spooled=12)
    named = leave(spool_dir, gateway.url, [metric(1)])
    other = leave(spool_dir, unused_url, [metric(2)])
    deleted = thunderline(spool_dir, "delete", "--yes", named.parent.name)
    assert (deleted.status, deleted.output) == (0, "Deleted 1 event.\n")
    assert not named.exists()
    assert other.exists()
    assert left(spool_dir) == 12 + 1
    assert thunderline(spool_dir, "delete", "--yes").output == "Deleted 1 event.\n"
    assert "nothing to delete" in thunderline(spool_dir, "delete", "--yes").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sync"], "no gateway is given; pass --url or set THUNDERLINE_URL"),
        (["sync", "--url", "ftp://x"], "'ftp://x' is not an address such as http://thunderline:4000"),
        (["sync", "--url", "http://u:p@x"], "pass the API key as api_key instead"),
        (["sync", "--url", "http://x", "--api-key-file", "/nonexistent"], "No such file or directory"),
        (["sync", "--url", "http://x", "--api-key-file", "/dev/null"], "/dev/null is empty"),
        (["sync", "--url", "http://x", "--ca-bundle", "/nonexistent"], "there is no file /nonexistent"),
        (["sync", "--url", "http://x", "--timeout", "soon"], "invalid"),
        (["delete", "--yes", "nowhere"], "no event waits in nowhere"),
    ],
)
def test_a_wrong_argument_is_a_sentence_and_status_2(spool_dir: Path, arguments: list[str], message: str) -> None:
    ended = thunderline(spool_dir, *arguments)
    assert ended.status == 2
    assert message in ended.errors
    assert "Traceback" not in ended.errors
