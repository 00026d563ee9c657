"""No failure of the disk and no death of the process, at any point, loses a lifecycle event."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lines import ids, joined, lifecycle, metric
from thunderline import Options
from thunderline.client.context import Context
from thunderline.client.spool.spool import Spool


class Crash(BaseException):
    """The process dies here."""


OPTIONS = Options(segment_bytes=200, max_spool_bytes=1_600, max_memory_bytes=10**6)
FILE_OPERATIONS: list[tuple[Any, str]] = [
    (os, "write"),
    (os, "ftruncate"),
    (os, "fsync"),
    (Path, "unlink"),
    (Path, "replace"),
    (Path, "rename"),
    (Path, "mkdir"),
    (Path, "rmdir"),
]


@contextmanager
def failing_at(countdown: int, error: Callable[[], BaseException]) -> Iterator[None]:
    """The file operation with this number fails, a write half done."""
    left = [countdown]

    def wrap(module: Any, name: str) -> Callable[..., Any]:
        real = getattr(module, name)

        def operation(*arguments: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                if name == "write":
                    descriptor, data = arguments
                    real(descriptor, data[: len(data) // 2])
                raise error()
            return real(*arguments, **named)

        return operation

    with ExitStack() as stack:
        for module, name in FILE_OPERATIONS:
            stack.enter_context(patch.object(module, name, wrap(module, name)))
        yield


class Story:
    """A spool during several processes, and the events that it must still deliver."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.number = 0
        self.owed: set[str] = set()
        self.answered: set[str] = set()
        self.begin()

    def begin(self) -> None:
        self.spool = Spool(self.root, Context(OPTIONS))
        self.spool.adopt()

    def die(self) -> None:
        """Does what the kernel does for a dead process: closes its files, which releases the lock."""
        for descriptor in list(Path("/proc/self/fd").iterdir()):
            with suppress(OSError):
                if str(descriptor.readlink()).startswith(str(self.root)):
                    os.close(int(descriptor.name))
        self.begin()

    def append(self, kinds: str) -> None:
        lines, owed = [], set()
        for kind in kinds:
            self.number += 1
            lines.append(lifecycle(self.number) if kind == "l" else metric(self.number))
            if kind == "l":
                owed.add(f"l{self.number}")
        self.spool.append(*joined(lines))
        self.owed |= owed

    def send(self, events: int) -> None:
        batch = self.spool.peek(events, 500)
        if batch is not None:
            self.answered.update(ids(batch))
            self.spool.settle(batch)

    def fail_to_send(self, events: int) -> None:
        if self.spool.peek(events, 500) is not None:
            self.spool.give_back()

    def send_all(self) -> None:
        while True:
            while (batch := self.spool.peek(10, 500)) is not None:
                self.answered.update(ids(batch))
                self.spool.settle(batch)
            if not self.spool.wants_adoption:
                return
            # More journals were left than are adopted at once.
            self.spool.adopt()


steps = st.one_of(
    st.tuples(st.just("append"), st.text("lmmm", min_size=1, max_size=8)),
    st.tuples(st.just("send"), st.integers(1, 6)),
    st.tuples(st.just("fail_to_send"), st.integers(1, 6)),
    st.tuples(st.just("die")),
)
chapters = st.lists(st.tuples(st.lists(steps, min_size=1, max_size=12), st.integers(1, 25)), max_size=6)


def play(story: Story, chapter: list[tuple[Any, ...]]) -> None:
    for name, *arguments in chapter:
        getattr(story, name)(*arguments)


@settings(max_examples=300, deadline=None)
@given(chapters)
def test_no_crash_loses_a_lifecycle_event(book: list[tuple[list[tuple[Any, ...]], int]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        story = Story(Path(directory))
        for chapter, crash_at in book:
            try:
                with failing_at(crash_at, Crash):
                    play(story, chapter)
            except Crash:
                story.die()
        story.die()
        story.send_all()
        assert story.owed <= story.answered
        story.spool.close()
        # A journal that was never finished has a hidden name; it is swept when it is an hour old.
        assert [path for path in Path(directory).iterdir() if not path.name.startswith(".")] == []


@settings(max_examples=300, deadline=None)
@given(chapters)
def test_no_disk_error_loses_a_lifecycle_event(book: list[tuple[list[tuple[Any, ...]], int]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        story = Story(Path(directory))
        for chapter, error_at in book:
            living = [step for step in chapter if step[0] != "die"]
            with failing_at(error_at, lambda: OSError(errno.ENOSPC, "no space left")):
                play(story, living)
        story.send_all()
        assert story.owed <= story.answered
        assert story.spool.waiting == 0
        story.spool.close()
