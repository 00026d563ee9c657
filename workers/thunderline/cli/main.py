"""The arguments of the commands."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from thunderline.cli.delete import delete
from thunderline.cli.failure import Failure
from thunderline.cli.status import status
from thunderline.cli.sync import sync
from thunderline.cli.transfer import Destination
from thunderline.client.api_key import environment_api_key, read_api_key
from thunderline.client.target import Target, spool_base

_USAGE_ERROR = 2
_INTERRUPTED = 130

_SYNC_EPILOG = (
    "exit status: 0 if the gateway accepted everything; 1 if events are still on disk; 2 for a wrong argument; "
    "3 if the gateway rejected some permanently"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except (Failure, OSError, RuntimeError, ValueError) as error:
        print(f"thunderline {options.command}: {error}", file=sys.stderr)
        return _USAGE_ERROR
    except KeyboardInterrupt:
        print("Interrupted; the events that were not sent are still on disk.", file=sys.stderr)
        return _INTERRUPTED


def _run(options: argparse.Namespace) -> int:
    base = spool_base(options.spool_dir)
    if options.command == "status":
        return status(base, as_json=options.json)
    if options.command == "delete":
        return delete(base, options.spools, confirmed=options.yes)
    destination = Destination(_target(options.url), _api_key(options.api_key_file))
    if options.ca_bundle is not None and not options.ca_bundle.is_file():
        raise Failure(f"--ca-bundle: there is no file {options.ca_bundle}")
    return sync(base, destination, timeout_s=options.timeout, ca_bundle=options.ca_bundle)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m thunderline", description="Manages the events that wait on disk.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument(
        "--spool-dir",
        type=Path,
        metavar="DIR",
        help="folder of the spool; default $THUNDERLINE_SPOOL_DIR, else $XDG_STATE_HOME/thunderline/spool",
    )

    listing = commands.add_parser("status", parents=[place], help="list the events that wait, by process")
    listing.add_argument("--json", action="store_true", help="print a JSON array instead of text")

    sending = commands.add_parser(
        "sync", parents=[place], help="send the events of processes that have ended", epilog=_SYNC_EPILOG
    )
    sending.add_argument("--url", metavar="URL", help="the gateway; default $THUNDERLINE_URL")
    sending.add_argument(
        "--api-key-file",
        type=Path,
        metavar="FILE",
        help="a file that holds the API key; default $THUNDERLINE_API_KEY_FILE, or the key in $THUNDERLINE_API_KEY",
    )
    sending.add_argument(
        "--ca-bundle", type=Path, metavar="FILE", help="a PEM file of certificate authorities to trust"
    )
    sending.add_argument(
        "--timeout",
        type=_seconds,
        default=60.0,
        metavar="SECONDS",
        help="seconds without an answer after which to give up; default 60",
    )

    removing = commands.add_parser("delete", parents=[place], help="delete the events of processes that have ended")
    removing.add_argument("spools", nargs="*", metavar="DIR", help="only these directories of `status`; default all")
    removing.add_argument("--yes", action="store_true", help="do not ask for a confirmation")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < 2**31:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return seconds


def _target(url: str | None) -> Target:
    url = url or os.environ.get("THUNDERLINE_URL")
    if not url:
        raise Failure("no gateway is given; pass --url or set THUNDERLINE_URL")
    return Target.parse(url)


def _api_key(file: Path | None) -> str | None:
    if file is None:
        return environment_api_key()
    key = read_api_key(file.read_text(encoding="utf-8"))
    if key is None:
        raise Failure(f"--api-key-file: {file} is empty")
    return key
